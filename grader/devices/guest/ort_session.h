/* What the programs that run a model share: the interface's table, a session with one thread, and a clock that tells no time. */
#pragma once
#include "ort_api.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { API_VERSION = 17, MOST_DIMENSIONS = 8, ENABLE_ALL = 99, DEVICE_ALLOCATOR = 0, MEMORY_DEFAULT = 0, LOG_ERRORS = 3 };

static const void *const *api;

/* Call a function of the table by its place, or end with what it says went wrong. */
#define ORT(place, types, ...) check(((OrtStatus * (*)types) api[place])(__VA_ARGS__), #place)

static void check(OrtStatus *status, const char *what) {
    if (!status) return;
    const char *(*message)(const OrtStatus *) = (const char *(*)(const OrtStatus *))api[GetErrorMessage];
    fprintf(stderr, "%s: %s\n", what, message(status));
    _exit(2);
}

/* Bytes of an element of ONNX's types float, uint8, int8, uint16, int16, int32, int64. 0 for what no challenge has. */
static size_t element_bytes(int type) {
    static const unsigned char bytes[] = {0, 4, 1, 1, 2, 2, 4, 8};
    return type > 0 && type < (int)sizeof bytes ? bytes[type] : 0;
}

static void whole(ssize_t (*move)(int, char *, size_t), int fd, char *bytes, size_t size) {
    while (size) {
        ssize_t moved = move(fd, bytes, size);
        if (moved <= 0) _exit(3);
        bytes += moved, size -= (size_t)moved;
    }
}

static ssize_t take(int fd, char *bytes, size_t size) { return read(fd, bytes, size); }
static ssize_t give(int fd, char *bytes, size_t size) { return write(fd, bytes, size); }

/* The runtime does more once some time has gone by. Here a microsecond goes by from one look at the clock to the next. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    static long looks;
    (void)clock;
    looks++;
    *now = (struct timespec){looks / 1000000, looks % 1000000 * 1000};
    return 0;
}

/* Kernels that differ between cores of one chip ask on which of them they run: always on the first. The rest is the kernel's. */
long syscall(long number, ...) {
    va_list given;
    va_start(given, number);
    register long a0 __asm__("x0") = va_arg(given, long), a1 __asm__("x1") = va_arg(given, long);
    register long a2 __asm__("x2") = va_arg(given, long), a3 __asm__("x3") = va_arg(given, long);
    register long a4 __asm__("x4") = va_arg(given, long), a5 __asm__("x5") = va_arg(given, long);
    register long a8 __asm__("x8") = number;
    va_end(given);
    if (number == SYS_getcpu) {
        if (a0) *(unsigned *)a0 = 0;
        return 0;
    }
    __asm__ volatile("svc 0" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a8) : "memory");
    if (a0 >= 0 || a0 < -4095) return a0;
    errno = (int)-a0;
    return -1;
}

/* operators: a library of custom operators, or NULL. */
static OrtSession *session_of(const char *model, const char *operators) {
    void *environment, *options, *library;
    OrtSession *session;
    ORT(CreateEnv, (int, const char *, void **), LOG_ERRORS, "karui", &environment);
    ORT(CreateSessionOptions, (void **), &options);
    ORT(SetIntraOpNumThreads, (void *, int), options, 1);
    ORT(SetInterOpNumThreads, (void *, int), options, 1);
    ORT(SetSessionGraphOptimizationLevel, (void *, int), options, ENABLE_ALL);
    if (operators) ORT(RegisterCustomOpsLibrary, (void *, const char *, void **), options, operators, &library);
    ORT(CreateSession, (void *, const char *, void *, OrtSession **), environment, model, options, &session);
    return session;
}
