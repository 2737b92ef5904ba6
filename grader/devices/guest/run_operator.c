/* run_operator MODEL [OPERATORS]: run a model on every case of the standard input, as run_kernel.cpp does a kernel, and write
 * every output. OPERATORS is a library of custom operators. All runs are between the marks.
 *
 * A case's input holds the model's inputs in their order, each from a multiple of 64; its output is the model's only one.
 * Dimensions that the model leaves open are the case's sizes, for every tensor from the first. */
#include "kernel_case.h"
#include "marks.h"
#include "ort_session.h"
#include <string.h>

enum { MOST_BYTES = 16 << 20, MOST_INPUTS = 8, MOST_CASES = 256, ALIGNMENT = 64 };

typedef const char *const *Names;

static _Alignas(ALIGNMENT) char given[MOST_BYTES], made[MOST_BYTES];
static OrtValue *inputs[MOST_CASES][MOST_INPUTS], *outputs[MOST_CASES];

struct tensor { int type; int64_t shape[MOST_DIMENSIONS]; size_t dimensions; };

static struct tensor tensor_of(OrtSession *session, int place, size_t index) {
    struct tensor tensor = {0};
    void *info;
    const void *facts;
    check(((OrtStatus * (*)(OrtSession *, size_t, void **)) api[place])(session, index, &info), "TypeInfo");
    ORT(CastTypeInfoToTensorInfo, (void *, const void **), info, &facts);
    ORT(GetTensorElementType, (const void *, int *), facts, &tensor.type);
    ORT(GetDimensionsCount, (const void *, size_t *), facts, &tensor.dimensions);
    if (tensor.dimensions > MOST_DIMENSIONS) _exit(4);
    ORT(GetDimensions, (const void *, int64_t *, size_t), facts, tensor.shape, tensor.dimensions);
    return tensor;
}

/* Make a value of the bytes at *data, and move on to what comes behind them. */
static OrtValue *value_at(char **data, struct tensor tensor, const int32_t *sizes) {
    static void *memory;
    OrtValue *value;
    size_t bytes = element_bytes(tensor.type);
    for (size_t at = 0, open = 0; at < tensor.dimensions; at++) {
        if (tensor.shape[at] < 0) tensor.shape[at] = sizes[open++];
        bytes *= (size_t)tensor.shape[at];
    }
    if (!memory) ORT(CreateCpuMemoryInfo, (int, int, void **), DEVICE_ALLOCATOR, MEMORY_DEFAULT, &memory);
    ORT(CreateTensorWithDataAsOrtValue, (void *, void *, size_t, const int64_t *, size_t, int, OrtValue **), memory, *data, bytes,
        tensor.shape, tensor.dimensions, tensor.type, &value);
    *data += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return value;
}

int main(int count, char **arguments) {
    if (count < 2) return 1;
    for (ssize_t at = 0, got; (got = read(STDIN_FILENO, given + at, MOST_BYTES - (size_t)at)) > 0; at += got) {
    }
    const struct Head *head = (const struct Head *)given;
    const struct Case *cases = (const struct Case *)(head + 1);
    if (head->cases > MOST_CASES) _exit(4);

    api = OrtGetApiBase()->GetApi(API_VERSION);
    OrtSession *session = session_of(arguments[1], count > 2 ? arguments[2] : NULL);
    void *allocator;
    size_t size;
    char *names[MOST_INPUTS], *output_name;
    ORT(GetAllocatorWithDefaultOptions, (void **), &allocator);
    ORT(SessionGetInputCount, (OrtSession *, size_t *), session, &size);
    if (size > MOST_INPUTS) _exit(4);
    for (size_t at = 0; at < size; at++)
        ORT(SessionGetInputName, (OrtSession *, size_t, void *, char **), session, at, allocator, &names[at]);
    ORT(SessionGetOutputName, (OrtSession *, size_t, void *, char **), session, 0, allocator, &output_name);
    for (uint32_t at = 0; at < head->cases; at++) {
        char *input = given + cases[at].input_at, *output = made + cases[at].output_at;
        for (size_t which = 0; which < size; which++)
            inputs[at][which] = value_at(&input, tensor_of(session, SessionGetInputTypeInfo, which), cases[at].sizes);
        outputs[at] = value_at(&output, tensor_of(session, SessionGetOutputTypeInfo, 0), cases[at].sizes);
    }

    MARK_BEGIN();
    for (uint32_t at = 0; at < head->cases; at++)
        ORT(Run, (OrtSession *, void *, Names, const OrtValue *const *, size_t, Names, size_t, OrtValue **), session, NULL, (Names)names,
            (const OrtValue *const *)inputs[at], size, (Names)&output_name, 1, &outputs[at]);
    MARK_END();
    whole(give, STDOUT_FILENO, made, head->output_bytes);
    _exit(0);
}
