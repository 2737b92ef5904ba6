/* What the programs that run a model share: the interface's table, a session with one thread, and a clock that tells no time. */
#pragma once
#include "ort_api.h"
#include <stdio.h>
#include <stdlib.h>
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
