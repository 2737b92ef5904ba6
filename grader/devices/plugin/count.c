/* SPDX-License-Identifier: GPL-2.0-or-later
 * Count what a guest program executes, exactly, and end it where it does what no honest program does.
 *
 * Arguments: report=FD (shared memory of REPORT_BYTES, closed before the guest starts), lock=PATH (a seccomp filter, put
 * on before the guest starts), limit=N (instructions), calls=kernel|runtime|operator (system calls that the guest may make;
 * operator: a runtime's until the first mark, a kernel's from then on), cache=L1_BYTES:WAYS:L2_BYTES:WAYS (data caches, 64-byte
 * lines, least recently used).
 *
 * The report is JSON, written once at the end. Counts are kept apart for what lies between the marks and for the rest. */
#define _GNU_SOURCE
#include "qemu_plugin.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

EXPORTED int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum { REPORT_BYTES = 1 << 20, HOT_BLOCKS = 256, LINE_SHIFT = 6, LARGEST_FILTER = 1 << 16, ENDED_BY_US = 96 };
/* The guest lives below. A constant, so that no store of the guest can move it. */
static const uint64_t GUEST_END = 1ull << 40;
static const int64_t MOST_MAPPED = 2ll << 30; /* as in emulator.py */

enum class { INT, LOAD, STORE, BRANCH, VECTOR, VECTOR_MAC, SYSTEM, CLASSES };
static const char *const CLASS_NAMES[CLASSES] = {"int", "load", "store", "branch", "vector", "vector_mac", "system"};
enum { OUTSIDE, BETWEEN, WINDOWS };
/* RISC-V's vector work is counted in eighths of a register. A load or store works on elements of its own width: so many more
 * registers than LMUL says as they are wider than the elements in use. AS_LMUL: everything else. */
enum { REGISTER = 8, MOST_REGISTERS = 8 * REGISTER };
enum { BYTES, HALVES, WORDS, DOUBLES, AS_LMUL, GROUPS };

#ifdef TRUSTED /* built so for calibration, whose programs nobody submitted: no lock, and every system call */
enum { TRUSTS = true, LOCKS = false };
#elif defined(UNCAGED) /* built so by a challenge's starter kit: no lock, and the grader's rules for the program */
enum { TRUSTS = false, LOCKS = false };
#else
enum { TRUSTS = false, LOCKS = true };
#endif

/* ---- what is counted ---- */

struct block {
    uint64_t runs[WINDOWS];
    uint32_t instructions;
    uint32_t registers8;     /* eighths of registers that vector instructions name themselves */
    uint32_t groups[GROUPS]; /* groups of registers that its other vector instructions work on */
    uint32_t classes[CLASSES];
    uint64_t address;
    struct block *next;
};

struct counts { uint64_t l1_misses, l2_misses, vector_registers8; };

static struct block *blocks;
static struct counts counted[WINDOWS];
static int window = OUTSIDE;
static uint64_t marks[2];
static int64_t left = INT64_MAX; /* instructions until the limit */
static struct vtype { uint64_t registers8[GROUPS]; } vtypes[256], dearest, vtype; /* registers8: of a group */
static bool risc_v, told;
static bool kernel_calls = true, kernel_calls_from_marks;
static char *report;

/* ---- the report ---- */

static size_t said;

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...) {
    va_list values;
    va_start(values, format);
    int wanted = vsnprintf(report + said, REPORT_BYTES - said, format, values);
    va_end(values);
    if (wanted > 0 && said + (size_t)wanted < REPORT_BYTES) said += (size_t)wanted;
}

static void say_window(const char *name, int which) {
    uint64_t classes[CLASSES] = {0}, instructions = 0;
    for (struct block *block = blocks; block; block = block->next) {
        instructions += block->runs[which] * block->instructions;
        for (int kind = 0; kind < CLASSES; kind++) classes[kind] += block->runs[which] * block->classes[kind];
    }
    const struct counts *counts = &counted[which];
    say("\"%s\":{\"instructions\":%lu,\"l1_misses\":%lu,\"l2_misses\":%lu,\"vector_registers8\":%lu,\"classes\":{", name,
        instructions, counts->l1_misses, counts->l2_misses, counts->vector_registers8);
    for (int kind = 0; kind < CLASSES; kind++) say("%s\"%s\":%lu", kind ? "," : "", CLASS_NAMES[kind], classes[kind]);
    say("}}");
}

static uint64_t work(const struct block *block) { return block->runs[BETWEEN] * block->instructions; }

static int most_work_first(const void *one, const void *other) {
    const struct block *a = *(struct block *const *)one, *b = *(struct block *const *)other;
    if (work(a) != work(b)) return work(a) < work(b) ? 1 : -1;
    return a->address > b->address ? 1 : a->address < b->address ? -1 : 0;
}

static void say_hot_blocks(void) {
    size_t size = 0, at = 0;
    for (struct block *block = blocks; block; block = block->next) size += work(block) > 0;
    struct block **hot = calloc(size + 1, sizeof *hot);
    for (struct block *block = blocks; block; block = block->next)
        if (work(block)) hot[at++] = block;
    qsort(hot, size, sizeof *hot, most_work_first);
    say("\"blocks\":[");
    for (at = 0; at < size && at < HOT_BLOCKS; at++)
        say("%s[%lu,%u,%lu]", at ? "," : "", hot[at]->address, hot[at]->instructions, hot[at]->runs[BETWEEN]);
    say("]");
    free(hot);
}

static void tell(const char *ending, int64_t detail) {
    if (told) return;
    told = true;
    say("{\"ending\":\"%s\",\"detail\":%ld,\"marks\":[%lu,%lu],", ending, detail, marks[0], marks[1]);
    say_window("between", BETWEEN);
    say(",");
    say_window("outside", OUTSIDE);
    say(",");
    say_hot_blocks();
    say("}");
}

static _Noreturn void end_guest(const char *ending, int64_t detail) {
    tell(ending, detail);
    _exit(ENDED_BY_US);
}

static void at_exit(qemu_plugin_id_t id, void *unused) {
    (void)id, (void)unused;
    tell("exit", 0);
}

/* ---- caches ---- */

struct cache { uint64_t sets, ways, *lines; }; /* sets: a power of two; lines of a set: the most recently used first */

static struct cache level1, level2;
static uint64_t last_line = UINT64_MAX;

static void make_cache(struct cache *cache, uint64_t bytes, uint64_t ways) {
    cache->ways = ways;
    cache->sets = (bytes >> LINE_SHIFT) / ways;
    cache->lines = malloc(cache->sets * ways * sizeof *cache->lines);
    memset(cache->lines, 0xff, cache->sets * ways * sizeof *cache->lines);
}

/* Put the line first and move the others back, up to where it was; the last one goes where it was nowhere. */
static bool hits(struct cache *cache, uint64_t line) {
    uint64_t *way = cache->lines + (line & (cache->sets - 1)) * cache->ways, *end = way + cache->ways, moved = line;
    for (; way < end; way++) {
        uint64_t found = *way;
        *way = moved;
        if (found == line) return true;
        moved = found;
    }
    return false;
}

static __attribute__((noinline)) void touch(uint64_t line, uint64_t last) {
    for (; line <= last; line++) {
        if (hits(&level1, line)) continue;
        counted[window].l1_misses++;
        if (!hits(&level2, line)) counted[window].l2_misses++;
    }
    last_line = last;
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *unused) {
    (void)vcpu, (void)unused;
    if (address >= GUEST_END) end_guest("guard", 0);
    uint64_t line = address >> LINE_SHIFT, last = (address + (1ull << qemu_plugin_mem_size_shift(info)) - 1) >> LINE_SHIFT;
    if (line != last_line || last != last_line) touch(line, last); /* else it is the most recent one already */
}

/* ---- instructions ---- */

static enum class arm_class(uint32_t word) {
    unsigned group = word >> 25 & 15;
    if ((group & 5) == 4) { /* loads and stores */
        if ((word & 0x3b000000) == 0x18000000) return LOAD; /* from the program's text */
        bool sign_extending = (word & 0x3e000000) == 0x38000000 && (word >> 23 & 1);
        return (word >> 22 & 1) || sign_extending ? LOAD : STORE;
    }
    if ((group & 14) == 10) return word >> 24 == 0xd5 ? SYSTEM : BRANCH;
    if ((group & 7) != 7) return INT;
    if ((word & 0x8f000400) == 0x0f000000) return VECTOR_MAC; /* by element */
    if ((word & 0x9f208400) == 0x0e008400) return VECTOR_MAC; /* dot products */
    if ((word & 0xff000000) == 0x1f000000) return VECTOR_MAC; /* scalar fused multiply and add */
    if ((word & 0x9f200c00) == 0x0e200000) {                  /* three registers, one of another width */
        unsigned what = word >> 12 & 15;
        return what >= 8 && what <= 14 ? VECTOR_MAC : VECTOR;
    }
    if ((word & 0x9f200400) == 0x0e200400) { /* three registers of one width: mla, mul, fmla, fmul */
        unsigned what = word >> 11 & 31;
        return what == 0x12 || what == 0x13 || what == 0x19 || what == 0x1b ? VECTOR_MAC : VECTOR;
    }
    return VECTOR;
}

enum riscv_opcode {
    RV_LOAD = 0x03, RV_LOAD_FP = 0x07, RV_STORE = 0x23, RV_STORE_FP = 0x27, RV_OP = 0x33, RV_OP_32 = 0x3b, RV_MADD = 0x43,
    RV_NMADD = 0x4f, RV_OP_V = 0x57, RV_BRANCH = 0x63, RV_JALR = 0x67, RV_JAL = 0x6f, RV_SYSTEM = 0x73
};

static unsigned rv_opcode(uint32_t word) { return word & 0x7f; }
static unsigned rv_funct3(uint32_t word) { return word >> 12 & 7; }
static bool rv_sets_vtype(uint32_t word) { return rv_opcode(word) == RV_OP_V && rv_funct3(word) == 7; }

static bool rv_vector_memory(uint32_t word) {
    unsigned width = rv_funct3(word), opcode = rv_opcode(word);
    return (opcode == RV_LOAD_FP || opcode == RV_STORE_FP) && (width == 0 || width >= 5);
}

static enum class riscv_short_class(uint16_t word) {
    unsigned quadrant = word & 3, what = word >> 13;
    if (quadrant == 1) return what >= 5 ? BRANCH : INT;
    if (what >= 5) return STORE;
    if (what >= 1 && what <= 3) return LOAD;
    return quadrant == 2 && what == 4 && (word >> 2 & 31) == 0 ? BRANCH : INT;
}

static enum class riscv_class(uint32_t word) {
    unsigned opcode = rv_opcode(word);
    switch (opcode) {
    case RV_LOAD: case RV_LOAD_FP: return LOAD;
    case RV_STORE: case RV_STORE_FP: return STORE;
    case RV_BRANCH: case RV_JALR: case RV_JAL: return BRANCH;
    case RV_SYSTEM: return SYSTEM;
    case RV_OP_V: {
        if (rv_sets_vtype(word)) return INT;
        bool floats = rv_funct3(word) == 1 || rv_funct3(word) == 5, may_multiply = floats || (rv_funct3(word) & 3) == 2;
        unsigned what = word >> 26;
        bool adds = (what >= 0x30 && what <= 0x37) || (floats && what == 0x27); /* to wider ones; subtracts in reverse */
        return may_multiply && what >= 0x24 && !adds ? VECTOR_MAC : VECTOR;
    }
    default: return opcode >= RV_MADD && opcode <= RV_NMADD ? VECTOR_MAC : INT;
    }
}

/* Registers that a vector instruction names itself, in eighths: whole-register moves, loads and stores, and those of masks.
 * 0: as vtype says. */
static unsigned named_registers8(uint32_t word) {
    if (rv_vector_memory(word)) {
        bool unit_stride = (word >> 26 & 3) == 0;
        unsigned how = word >> 20 & 31;
        return !unit_stride ? 0 : how == 8 ? ((word >> 29) + 1) * REGISTER : how == 11 ? REGISTER : 0;
    }
    bool moves_whole = rv_opcode(word) == RV_OP_V && rv_funct3(word) == 3 && word >> 26 == 0x27;
    return moves_whole ? ((word >> 15 & 31) + 1) * REGISTER : 0;
}

/* Width of a load's or store's elements; indexed ones load as wide elements as vtype says, and `width` is their indices'. */
static unsigned width_of(uint32_t word) {
    bool indexed = word >> 26 & 1;
    unsigned width = rv_funct3(word);
    return indexed ? AS_LMUL : width == 0 ? BYTES : width - 4;
}

static void make_vtypes(void) {
    for (unsigned code = 0; code < 256; code++) {
        unsigned lmul = code & 7, element = code >> 3 & 7;
        uint64_t registers8 = lmul < 4 ? (uint64_t)REGISTER << lmul : REGISTER >> (8 - lmul);
        for (unsigned width = BYTES; width <= DOUBLES; width++)
            vtypes[code].registers8[width] = registers8 << width >> element;
        vtypes[code].registers8[AS_LMUL] = registers8;
    }
    for (unsigned group = 0; group < GROUPS; group++) dearest.registers8[group] = MOST_REGISTERS;
    vtype = vtypes[0];
}

/* By vsetvl the type comes from a register, and is not known before it runs: the dearest. */
static const struct vtype *vtype_of(uint32_t word) {
    bool by_register = word >> 31 && !(word >> 30 & 1);
    return by_register ? &dearest : &vtypes[word >> 20 & 255];
}

/* ---- running ---- */

static void on_block(unsigned vcpu, void *data) {
    (void)vcpu;
    struct block *block = data;
    block->runs[window]++;
    if ((left -= block->instructions) < 0) end_guest("limit", 0);
    if (!risc_v) return;
    uint64_t registers8 = block->registers8;
    for (int group = 0; group < GROUPS; group++) registers8 += block->groups[group] * vtype.registers8[group];
    counted[window].vector_registers8 += registers8;
}

static void on_vtype(unsigned vcpu, void *data) {
    (void)vcpu;
    vtype = *(const struct vtype *)data;
}

static void on_mark(unsigned vcpu, void *data) {
    (void)vcpu;
    uint64_t which = (uint64_t)data;
    marks[which]++;
    kernel_calls |= kernel_calls_from_marks;
    window = which == 0 ? BETWEEN : OUTSIDE;
}

/* DC ZVA: the emulator zeroes the line without telling us its address, or asking itself whether it is the guest's. */
static bool zeroes_line(uint32_t word) { return !risc_v && (word & 0xffffffe0) == 0xd50b7420; }

static void on_zeroed_line(unsigned vcpu, void *unused) {
    (void)vcpu, (void)unused;
    if (kernel_calls) end_guest("zeroes", 0);
}

/* 0 and 1 for the harness's marks, no-operations of both machines; -1 for everything else. */
static int mark_of(uint32_t word) {
    uint32_t first = risc_v ? 0x2013u | 0x711u << 20 : 0xd503201fu | 0x71 << 5;
    uint32_t second = risc_v ? 0x2013u | 0x712u << 20 : 0xd503201fu | 0x72 << 5;
    return word == first ? 0 : word == second ? 1 : -1;
}

static void translate_vector(struct block *block, struct qemu_plugin_insn *instruction, uint32_t word) {
    unsigned named = named_registers8(word), fields = (word >> 29) + 1;
    if (rv_sets_vtype(word)) /* always the last of its block */
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_vtype, QEMU_PLUGIN_CB_NO_REGS, (void *)vtype_of(word));
    else if (named)
        block->registers8 += named;
    else if (rv_vector_memory(word))
        block->groups[width_of(word)] += fields; /* a segment moves as many groups as it has fields */
    else if (rv_opcode(word) == RV_OP_V)
        block->groups[AS_LMUL]++;
}

/* On Arm only one group of instructions can touch memory, and to watch the others takes time. */
static bool may_access(uint32_t word) { return risc_v || (word >> 25 & 5) == 4; }

static void translate(struct block *block, struct qemu_plugin_insn *instruction) {
    uint32_t word = 0;
    size_t size = qemu_plugin_insn_size(instruction);
    memcpy(&word, qemu_plugin_insn_data(instruction), size < sizeof word ? size : sizeof word);
    enum class kind = !risc_v ? arm_class(word) : size == 2 ? riscv_short_class((uint16_t)word) : riscv_class(word);
    block->classes[kind]++;
    if (risc_v && size == 4) translate_vector(block, instruction, word);
    if (may_access(word))
        qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
    if (zeroes_line(word) && !TRUSTS)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_zeroed_line, QEMU_PLUGIN_CB_NO_REGS, NULL);
    int mark = size == 4 ? mark_of(word) : -1;
    if (mark >= 0)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_NO_REGS, (void *)(uint64_t)mark);
}

/* ---- the filter ---- */

static const char *lock_path;

static void put_on_lock(void) {
    static bool locked;
    if (!LOCKS || locked) return;
    locked = true;
    static char filter[LARGEST_FILTER];
    int file = open(lock_path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file < 0 ? -1 : read(file, filter, sizeof filter);
    if (bytes <= 0 || close(file)) end_guest("lock", 0);
    struct sock_fprog program = {(unsigned short)(bytes / (ssize_t)sizeof(struct sock_filter)), (struct sock_filter *)filter};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program)) end_guest("lock", 0);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *translated) {
    (void)id;
    put_on_lock();
    struct block *block = calloc(1, sizeof *block);
    block->address = qemu_plugin_tb_vaddr(translated);
    block->instructions = qemu_plugin_tb_n_insns(translated);
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_cb(translated, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t at = 0; at < block->instructions; at++) translate(block, qemu_plugin_tb_get_insn(translated, at));
}

/* ---- system calls: generic numbers of 64-bit Linux, the same for both machines ---- */

enum {
    FCNTL = 25, FACCESSAT = 48, OPENAT = 56, CLOSE = 57, GETDENTS = 61, LSEEK = 62, READ = 63, WRITE = 64, WRITEV = 66, PREAD = 67,
    READLINKAT = 78, FSTATAT = 79, FSTAT = 80, EXIT = 93, EXIT_GROUP = 94, SET_TID_ADDRESS = 96, FUTEX = 98,
    SET_ROBUST_LIST = 99, CLOCK_GETTIME = 113, SCHED_GETAFFINITY = 123, RT_SIGACTION = 134, RT_SIGPROCMASK = 135,
    UNAME = 160, PRCTL = 167, GETPID = 172, GETTID = 178, SYSINFO = 179, BRK = 214, MUNMAP = 215, MREMAP = 216, MMAP = 222,
    MPROTECT = 226, MADVISE = 233, HWPROBE = 258, PRLIMIT = 261, GETRANDOM = 278, RSEQ = 293
};

static const short OF_KERNELS[] = {READ, WRITE, FSTAT, EXIT, EXIT_GROUP, SET_TID_ADDRESS, SET_ROBUST_LIST, BRK, MUNMAP,
                                   MREMAP, MMAP, MPROTECT, HWPROBE, PRLIMIT, GETRANDOM, RSEQ, READLINKAT, UNAME, 0};
static const short OF_RUNTIMES[] = {FCNTL, FACCESSAT, OPENAT, CLOSE, GETDENTS, LSEEK, PREAD, WRITEV, FSTATAT, FUTEX, CLOCK_GETTIME,
                                    SCHED_GETAFFINITY, RT_SIGACTION, RT_SIGPROCMASK, PRCTL, GETPID, GETTID, SYSINFO, MADVISE, 0};
enum { PROT_TO_WRITE = 2, PROT_TO_RUN = 4, ANONYMOUS = 0x20, ENOMEM_ = 12 };
enum { FUTEX_OPERATION = 0x7f, FUTEX_TO_WAIT = 0, FUTEX_TO_WAKE = 1 };

static bool listed(const short *calls, int64_t number) {
    while (*calls && *calls != number) calls++;
    return *calls;
}

/* Outside of its own memory a guest has nothing to map. Kernels make no code and map no files; runtimes map the code of
 * libraries, but make none. */
static bool maps_honestly(int64_t number, const uint64_t *arguments) {
    uint64_t address = arguments[0], size = arguments[1], protection = arguments[2], flags = arguments[3];
    if (address >= GUEST_END || size >= GUEST_END) return false;
    if (number == MREMAP) return arguments[2] < GUEST_END && arguments[4] < GUEST_END; /* new size, new address */
    if (number == MUNMAP) return true;
    if (kernel_calls && number == MMAP && !(flags & ANONYMOUS)) return false;
    if (!(protection & PROT_TO_RUN)) return true;
    return !kernel_calls && number == MMAP && !(flags & ANONYMOUS) && !(protection & PROT_TO_WRITE);
}

/* The emulator looks for room without end where its memory is limited, so what a guest maps is added up before. */
static uint64_t first_break;

static bool maps_too_much(int64_t number, const uint64_t *arguments) {
    static int64_t mapped;
    if (number == MMAP) mapped += (int64_t)arguments[1];
    if (number == MREMAP) mapped += (int64_t)(arguments[2] - arguments[1]);
    if (number == MUNMAP) mapped -= (int64_t)arguments[1];
    bool breaks_too_far = number == BRK && first_break && arguments[0] > first_break + (uint64_t)MOST_MAPPED;
    return mapped > MOST_MAPPED || breaks_too_far;
}

/* The emulator hands futexes to its own kernel without a look at their address. */
static bool waits_honestly(const uint64_t *arguments) {
    uint64_t operation = arguments[1] & FUTEX_OPERATION;
    return arguments[0] < GUEST_END && (operation == FUTEX_TO_WAIT || operation == FUTEX_TO_WAKE);
}

static bool is_honest(int64_t number, const uint64_t *arguments) {
    int fd = (int)arguments[0];
    switch (number) {
    case MMAP: case MPROTECT: case MUNMAP: case MREMAP: return maps_honestly(number, arguments);
    case FUTEX: return waits_honestly(arguments);
    case OPENAT: return !(arguments[2] & (O_ACCMODE | O_CREAT | O_TRUNC));
    case READ: return !kernel_calls || fd == STDIN_FILENO;
    case WRITE: case WRITEV: return fd == STDOUT_FILENO || (fd == STDERR_FILENO && !kernel_calls);
    default: return true;
    }
}

static void on_call(qemu_plugin_id_t id, unsigned vcpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                    uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
    (void)id, (void)vcpu, (void)f, (void)g, (void)h;
    bool known = listed(OF_KERNELS, number) || (!kernel_calls && listed(OF_RUNTIMES, number));
    if (!known || !is_honest(number, (const uint64_t[]){a, b, c, d, e})) end_guest("call", number);
    if (maps_too_much(number, (const uint64_t[]){a, b, c})) end_guest("memory", 0);
}

static void on_answer(qemu_plugin_id_t id, unsigned vcpu, int64_t number, int64_t returned) {
    (void)id, (void)vcpu;
    if (number == BRK && !first_break) first_break = (uint64_t)returned;
    if ((number == MMAP || number == MREMAP) && returned == -ENOMEM_) end_guest("memory", 0);
}

/* ---- start ---- */

static bool take(const char *argument) {
    unsigned long l1, ways1, l2, ways2;
    int fd;
    if (sscanf(argument, "report=%d", &fd) == 1) {
        report = mmap(NULL, REPORT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return report != MAP_FAILED && close(fd) == 0;
    }
    if (sscanf(argument, "cache=%lu:%lu:%lu:%lu", &l1, &ways1, &l2, &ways2) == 4) {
        make_cache(&level1, l1, ways1);
        make_cache(&level2, l2, ways2);
        return true;
    }
    if (!strncmp(argument, "lock=", 5)) return (lock_path = strdup(argument + 5)) != NULL;
    if (!strcmp(argument, "calls=runtime")) return !(kernel_calls = false);
    if (!strcmp(argument, "calls=operator")) return !(kernel_calls = false) && (kernel_calls_from_marks = true);
    if (!strcmp(argument, "calls=kernel")) return true;
    return sscanf(argument, "limit=%ld", &left) == 1;
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int size, char **arguments) {
    risc_v = !strcmp(info->target_name, "riscv64");
    make_vtypes();
    for (int at = 0; at < size; at++)
        if (!take(arguments[at])) return -1;
    bool whole = report && (!LOCKS || lock_path) && level2.sets && !(level1.sets & (level1.sets - 1)) && !(level2.sets & (level2.sets - 1));
    if (!whole) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    if (!TRUSTS) {
        qemu_plugin_register_vcpu_syscall_cb(id, on_call);
        qemu_plugin_register_vcpu_syscall_ret_cb(id, on_answer);
    }
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
