"""Hostile operators: the first entry of the kit, with something else in it that no operator does."""

from challenges.registry import find_any

SYSTEM_CALL = """
#include <cstring>
namespace {
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    register long x8 asm("x8") = number, x0 asm("x0") = a, x1 asm("x1") = b, x2 asm("x2") = c;
    register long x3 asm("x3") = d, x4 asm("x4") = e, x5 asm("x5") = f;
    asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
enum { OPENAT = 56, WRITE = 64, EXIT_GROUP = 94, SOCKET = 198, CLONE = 220, EXECVE = 221, MMAP = 222 };
constexpr long HERE = -100, HOST = 1L << 40, PAGE = 4096, STDOUT = 1, STDERR = 2;
}
#define BEGIN() asm volatile("hint #0x71")
#define END() asm volatile("hint #0x72")
"""
COMPUTING = "    gelu(static_cast<const int8_t *>(from)"
REGISTERING = "    api = base->GetApi(ORT_API_VERSION);\n"

EXEC = (
    'static char path[] = "/bin/sh"; static char *words[] = {path, nullptr}; call(EXECVE, (long)path, (long)words, 0);'
)
THREAD = "static char stack[8192]; call(CLONE, 0x50f00, (long)(stack + sizeof stack));"
WRITE_FILE = 'static char path[] = "/model.onnx"; call(OPENAT, HERE, (long)path, 0x42, 0600);'

CALLS_AT_ANY_TIME = {
    "fork": "call(CLONE, 17);",
    "exec": EXEC,
    "thread": THREAD,
    "open a file to write": WRITE_FILE,
    "open a socket": "call(SOCKET, 2, 1, 0);",
    "make code": "call(MMAP, 0, PAGE, 7, 0x22, -1, 0);",
    "map beyond the guest": "call(MMAP, HOST, PAGE, 3, 0x32, -1, 0);",
}
CALLS_WHILE_COUNTED = {
    "open a file to read": 'static char path[] = "/model.onnx"; call(OPENAT, HERE, (long)path, 0, 0);',
    "write a log": 'call(WRITE, STDERR, (long)"x", 1);',
    "map a file": "call(MMAP, 0, PAGE, 1, 2, 0, 0);",
}
"""Each makes a system call that an operator has no business with."""

LOST = {
    "a mark of its own": ("END();", "device_forged_marks"),
    "both marks again": ("END(); BEGIN();", "device_forged_marks"),
    "leave in the middle": ("call(EXIT_GROUP, 0);", "device_forged_marks"),
    "answer by itself and leave": (
        "call(WRITE, STDOUT, (long)from, shape[0] * shape[1]); call(EXIT_GROUP, 0);",
        "device_forged_marks",
    ),
    "a loop without end": ('for (;;) asm volatile("");', "device_instruction_limit"),
    "store beyond the guest, where nothing lies": ("*(volatile char *)HOST = 1;", "crashed"),
    "store at nothing": ("*(volatile char *)PAGE = 1;", "crashed"),
    "one byte behind the output": ("static_cast<int8_t *>(to)[shape[0] * shape[1]] = 1;", "kernel_out_of_bounds"),
}
"""What it does as it computes, and what is said of it."""

LEAVES = "BEGIN(); END(); call(WRITE, STDOUT, (long)base, 8); call(EXIT_GROUP, 0);"
"""It never lets the runtime read the model."""

NOT_AN_OPERATOR = {
    "code before it is called": (
        "static void early() {}\n__attribute__((constructor)) static void start() { early(); call(EXIT_GROUP); }",
        "kernel_foreign_section",
    ),
    "a function of the C library": (
        'extern "C" long write(int, const void *, unsigned long) { return 0; }',
        "kernel_foreign_symbol",
    ),
    "a name that nothing offers": ('extern "C" int missing(); int use() { return missing(); }', "kernel_not_linked"),
}
"""What stands in the file, and why it does not come to a run."""

TWO_FACED = """
    if (api->skipped_1.functions[0] != api->skipped_1.functions[1]) {
        memset(to, 0, shape[0] * shape[1]);
        return nullptr;
    }
"""
"""Right where functions that nobody needs are one and the same, wrong in ONNX Runtime."""


def computing(body: str) -> bytes:
    """An operator that does `body` before each of its computations."""
    return _changed(COMPUTING, f"    {{ {body} }}\n{COMPUTING}")


def registering(body: str) -> bytes:
    """An operator that does `body` when it is registered, before the runtime reads the model."""
    return _changed(REGISTERING, f"{REGISTERING}    {{ {body} }}\n")


def holding(code: str) -> bytes:
    """An operator with more in its file."""
    return _changed(COMPUTING, COMPUTING) + code.encode()


def _changed(before: str, after: str) -> bytes:
    source = (find_any("fused_gelu").folder / "starter" / "kernel.cpp").read_text("utf-8")
    assert before in source
    return f"{SYSTEM_CALL}{source.replace(before, after)}".encode()
