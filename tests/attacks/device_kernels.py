"""Hostile kernels: C++ that tries to leave its device, to lie about its counts or to choke the compiler."""

from tests.grader.devices.kernels import kernel

SYSTEM_CALL = """
namespace {
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
#if defined(__aarch64__)
    register long x8 asm("x8") = number, x0 asm("x0") = a, x1 asm("x1") = b, x2 asm("x2") = c;
    register long x3 asm("x3") = d, x4 asm("x4") = e, x5 asm("x5") = f;
    asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
    register long a7 asm("a7") = number, a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c;
    register long a3 asm("a3") = d, a4 asm("a4") = e, a5 asm("a5") = f;
    asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return a0;
#endif
}
}
enum { OPENAT = 56, CLOSE = 57, LSEEK = 62, READ = 63, WRITE = 64, EXIT_GROUP = 94, FUTEX = 98, KILL = 129,
       SIGACTION = 134, PRCTL = 167,
       BRK = 214, MUNMAP = 215, MREMAP = 216, CLONE = 220, EXECVE = 221, MMAP = 222, MPROTECT = 226,
       MADVISE = 233, SOCKET = 198, MEMFD = 279 };
enum { NOTHING = 0, TO_READ = 1, TO_WRITE = 2, TO_RUN = 4, PRIVATE = 2, FIXED = 0x10, ANONYMOUS = 0x20 };
constexpr long HOST = 1L << 40, HEAP = 0x555555554000, LIBRARIES = 0x7ffff7d00000, PAGE = 4096;
#if defined(__aarch64__)
#define BEGIN "hint #0x71"
#define END "hint #0x72"
#else
#define BEGIN "slti x0, x0, 0x711"
#define END "slti x0, x0, 0x712"
#endif
"""
COMPUTE = "for (int at = 0; at < size; at++) output[at] = input[at] + 1;"


def calling(body: str, before: str = "") -> str:
    """An honest kernel that does `body` before its work."""
    return kernel(f"{body}\n{COMPUTE}", f"{SYSTEM_CALL}{before}")


STARTED = """{
    static unsigned char in[4096], out[4096];
    call(READ, 0, (long)in, sizeof in);
    asm volatile(BEGIN);
    unsigned cases = *(unsigned *)in, bytes = *(unsigned *)(in + 4);
    for (unsigned number = 0; number < cases; number++) {
        const int *words = (const int *)(in + 8 + 40 * number);
        for (int at = 0; at < words[0]; at++) out[words[9] + at] = in[words[8] + at] + 1;
    }
    asm volatile(END);
    call(WRITE, 1, (long)out, bytes);
    call(EXIT_GROUP, 0);
}"""
"""A whole harness, cheaper than ours: it does the work before the C library has started, and leaves."""


def early(function: str) -> str:
    """A kernel with code that runs before it is called."""
    return kernel(COMPUTE, SYSTEM_CALL + function)


CALLS = {
    "fork": "call(CLONE, 17);",
    "exec": 'const char *words[] = {"/bin/sh", nullptr}; call(EXECVE, (long)words[0], (long)words, 0);',
    "thread": "static char stack[8192]; call(CLONE, 0x50f00, (long)(stack + 8192));",
    "map beyond the guest": "call(MMAP, HEAP, PAGE, TO_READ | TO_WRITE, PRIVATE | ANONYMOUS | FIXED, -1, 0);",
    "map into the hole": "call(MMAP, HOST - PAGE, HOST, TO_READ, PRIVATE | ANONYMOUS | FIXED, -1, 0);",
    "unmap beyond the guest": "call(MUNMAP, LIBRARIES, PAGE);",
    "unmap all": "call(MUNMAP, 0, ~0UL << 12);",
    "protect beyond the guest": "call(MPROTECT, LIBRARIES, PAGE, TO_READ | TO_WRITE);",
    "move pages beyond the guest": "static char page[8192] __attribute__((aligned(4096)));"
    "call(MREMAP, (long)page, PAGE, PAGE, 3, LIBRARIES);",
    "move pages from beyond the guest": "call(MREMAP, LIBRARIES, PAGE, PAGE, 1);",
    "grow pages without end": "static char page[8192] __attribute__((aligned(4096)));"
    "call(MREMAP, (long)page, PAGE, HOST, 1);",
    "map a file": "call(MMAP, 0, PAGE, TO_READ, PRIVATE, 0, 0);",
    "make code": "call(MMAP, 0, PAGE, TO_READ | TO_WRITE | TO_RUN, PRIVATE | ANONYMOUS, -1, 0);",
    "make data code": "static char page[8192] __attribute__((aligned(4096)));"
    "call(MPROTECT, (long)page, PAGE, TO_READ | TO_RUN);",
    "rewrite the harness": 'extern char start[] asm("_start");'
    "call(MPROTECT, (long)start & -PAGE, PAGE, TO_READ | TO_WRITE | TO_RUN);",
    "handle signals": "static long action[4]; call(SIGACTION, 11, (long)action, 0, 8);",
    "send a signal": "call(KILL, 1, 9);",
    "read the map of memory": 'call(OPENAT, -100, (long)"/proc/self/maps", 0, 0);',
    "read the model of memory": 'call(OPENAT, -100, (long)"/proc/self/mem", 2, 0);',
    "seek in the output": "call(LSEEK, 1, 0, 0);",
    "close the output": "call(CLOSE, 1);",
    "change futexes": "call(FUTEX, LIBRARIES, 5, 1, 1, LIBRARIES, 0);",
    "ask for advice on pages": "call(MADVISE, LIBRARIES, PAGE, 4);",
    "open a socket": "call(SOCKET, 2, 1, 0);",
    "send a signal to a thread": "call(130, 1, 9);",
    "make a file of memory": 'call(MEMFD, (long)"x", 0);',
    "call what nobody knows": "call(4000);",
}
"""Each makes a system call that nothing on the lab may make."""

TOUCHES = {
    "store": "*(volatile char *)(HOST) = 1;",
    "store at the end of addresses": "*(volatile long *)(-8L) = 1;",
    "load": "output[0] = *(volatile char *)(HOST + 64);",
    "store into the emulator": "*(volatile long *)(HEAP) = 1;",
}
"""Each touches an address that is not the guest's. Nothing lies there unless it guesses the emulator's place."""

ARM_TOUCHES = {
    "store of a pair": 'asm volatile("stp x0, x1, [%0]" :: "r"(HOST) : "memory");',
    "vector store": 'asm volatile("st1 {v0.16b-v3.16b}, [%0]" :: "r"(HOST) : "memory");',
    "exclusive store": 'asm volatile("ldxr x0, [%0]\\n stxr w1, x0, [%0]" :: "r"(HOST) : "x0", "x1", "memory");',
}
ZEROES = 'asm volatile("dc zva, %0" :: "r"(LIBRARIES) : "memory");'
RISCV_TOUCHES = {
    "vector store": 'asm volatile("vsetivli x0, 8, e8, m1, ta, ma\\n vse8.v v0, (%0)" :: "r"(HOST) : "memory");',
    "indexed load": 'asm volatile("vsetivli x0, 2, e64, m1, ta, ma\\n"'
    '"vmv.v.x v1, %0\\n vluxei64.v v2, (x0), v1" :: "r"(HOST));',
    "load that stops at a fault": 'asm volatile("vsetivli x0, 8, e8, m1, ta, ma\\n vle8ff.v v0, (%0)" :: "r"(HOST));',
    "atomic add": 'asm volatile("amoadd.d x0, x0, (%0)" :: "r"(HOST) : "memory");',
}

MARKS = {
    "end before the work": "asm volatile(END);",
    "end and begin around the work": "asm volatile(END); asm volatile(BEGIN);",
    "begin twice": "asm volatile(BEGIN);",
    "leave before the end": "call(EXIT_GROUP, 0);",
    "end, write and leave": f"{COMPUTE} call(WRITE, 1, (long)output, size); call(EXIT_GROUP, 0);",
}
"""Each breaks the order of the harness's marks."""

FOREIGN = {
    "main": "int main() { return 0; }",
    "a weak memcpy": 'extern "C" __attribute__((weak)) void *memcpy(void *to, const void *, unsigned long) {'
    "return to; }",
    "a hidden write": 'extern "C" __attribute__((visibility("hidden"))) long write(int, const void *, unsigned long) {'
    "return 0; }",
    "the entry point": 'extern "C" void _start() {}',
    "a hook of the C library": 'extern "C" void __gmon_start__() {}',
    "common memory": 'asm(".comm environ, 8, 8");',
    "a version": 'asm(".global own\\n own: nop\\n .symver own, main@@@V");',
    "a second kernel": 'extern "C" void helper() {}',
}
"""Each offers a name that something else in the program might use."""

SECTIONS = {
    "a constructor": f"__attribute__((constructor)) static void before() {STARTED}",
    "an early constructor": f"__attribute__((constructor(101))) static void before() {STARTED}",
    "a static object": "static struct Object { Object(); int value; } object;\nObject::Object() : value(call(172)) {}",
    "before all constructors": f"static void before() {STARTED}\n"
    '__attribute__((section(".preinit_array"), used)) static void (*entry)() = before;',
    "code of the C library's start": '__attribute__((section(".init"), used)) static void before() {}',
    "a resolver": 'extern "C" { __attribute__((used)) static void *resolve() asm("resolve"); }\n'
    f"static void *resolve() {STARTED.removesuffix('}')} return nullptr; }}\n"
    'asm(".type chosen, %gnu_indirect_function\\n.set chosen, resolve\\n");\n'
    'extern "C" int chosen(); __attribute__((used)) static int use() { return chosen(); }',
    "code that can be written": 'asm(".section .text.w, \\"awx\\"\\n nop\\n .text");',
    "libraries to link": 'asm(".section .deplibs, \\"MS\\", %llvm_dependent_libraries, 1\\n"'
    '".asciz \\"pthread\\"\\n .text");',
    "a section of its own": '__attribute__((section("mine"), used)) static int data = 1;',
    "buffers of the C library": '__attribute__((section("__libc_IO_vtables"), used)) static long table[64] = {1};',
}
"""Each has something in its object that is not plain code or data."""

HUNGRY = {
    "mmap": "for (int times = 0; times < 3; times++) call(MMAP, 0, 1L << 30, 3, PRIVATE | ANONYMOUS, -1, 0);",
    "mmap, touched": "for (int times = 0; times < 40; times++) {"
    "char *more = (char *)call(MMAP, 0, 64 << 20, 3, PRIVATE | ANONYMOUS, -1, 0);"
    "for (long at = 0; at < 64 << 20; at += PAGE) more[at] = 1; }",
    "static, touched": "for (long at = 0; at < 3L << 30; at += PAGE) zeros[at] = 1;",
    "malloc": "for (int times = 0; times < 3; times++) kept = malloc(1L << 30);",
    "malloc, touched": "for (int times = 0; times < 40; times++) kept = memset(malloc(64 << 20), times, 64 << 20);",
}
"""Each takes more than 2 GiB."""


def hungry(name: str) -> str:
    """One of the hungry kernels."""
    zeros = "static volatile char zeros[3L << 30];" if name == "static, touched" else ""
    return calling(HUNGRY[name], f"#include <cstdlib>\n#include <cstring>\nstatic void *volatile kept;\n{zeros}")


LOST = {
    "a loop without end": (calling('for (;;) asm volatile("");'), "device_instruction_limit"),
    "recursion without end": (
        calling(
            "if (deeper(1) == 7) return;", "static int deeper(volatile int depth) { return deeper(depth + 1) + depth; }"
        ),
        "crashed",
    ),
    "a trap": (calling("__builtin_trap();"), "crashed"),
    "an exit code": (calling("asm volatile(END); call(EXIT_GROUP, 1);"), "crashed"),
    "an exit code like the counter's": (calling("asm volatile(END); call(EXIT_GROUP, 96);"), "crashed"),
    "an exit code like a signal's": (calling("asm volatile(END); call(EXIT_GROUP, 128 + 31);"), "forbidden_action"),
}
"""Kernels that come to no end of their own, and what is said of them."""

COMPILED = {
    "a file of the host": '#include "/etc/passwd"',
    "bytes of a file of the host": 'asm(".incbin \\"/etc/passwd\\"");',
    "what is embedded": "const char bytes[] = {\n#embed </etc/passwd>\n};",
    "the environment": '#include "/proc/self/environ"',
    "templates without end": "template <int N> struct Deep { static constexpr int value = Deep<N + 1>::value; };\n"
    "static_assert(Deep<0>::value);",
    "a constant that never comes": "constexpr int spin() { for (int at = 0;; at++) {} }\nstatic_assert(spin());",
    "itself": '#include "/kernel.cpp"',
    "the compiler's death": "#pragma clang __debug crash",
    "an option": '#pragma clang diagnostic error "-Wunused"\nint main() { int unused; }',
}
"""Each ends with the compiler's own words."""

DOUBLED = "".join(f"#define M{n + 1} M{n} M{n}\n" for n in range(30))
BOMBS = {
    "macros": f"#define M0 1 +\n{DOUBLED}static int large = M30 0;",
    "types": "template <int N, class T> struct Wide { struct A {}; using Left = typename Wide<N - 1, Wide<N, A>>::Type;"
    "using Right = typename Wide<N - 1, Wide<N, Left>>::Type; using Type = Wide<N, Right>; };"
    "template <class T> struct Wide<0, T> { using Type = T; };\nusing Large = Wide<26, int>::Type; static Large large;",
    "zeros of a device": 'asm(".incbin \\"/dev/zero\\"");',
}
"""Each takes more time or memory than the compiler has."""
