/* run_model MODEL RUNS: run a model of one input and one output RUNS times, each with the next item of the standard input, and
 * write every output. The last run is between the marks.
 *
 * Sizes that the model leaves open are taken as 1, which is right for the batch alone: input that is left over then says so. */
#include "marks.h"
#include "ort_session.h"

struct input { char *name; int type; int64_t shape[MOST_DIMENSIONS]; size_t dimensions, size_bytes; };

static struct input input_of(OrtSession *session, void *allocator) {
    struct input input = {0};
    void *info;
    const void *tensor;
    ORT(SessionGetInputName, (OrtSession *, size_t, void *, char **), session, 0, allocator, &input.name);
    ORT(SessionGetInputTypeInfo, (OrtSession *, size_t, void **), session, 0, &info);
    ORT(CastTypeInfoToTensorInfo, (void *, const void **), info, &tensor);
    ORT(GetTensorElementType, (const void *, int *), tensor, &input.type);
    ORT(GetDimensionsCount, (const void *, size_t *), tensor, &input.dimensions);
    if (input.dimensions > MOST_DIMENSIONS) _exit(4);
    ORT(GetDimensions, (const void *, int64_t *, size_t), tensor, input.shape, input.dimensions);
    input.size_bytes = element_bytes(input.type);
    for (size_t at = 0; at < input.dimensions; at++) {
        if (input.shape[at] < 1) input.shape[at] = 1; /* the batch */
        input.size_bytes *= (size_t)input.shape[at];
    }
    return input;
}

static void write_output(OrtValue *value) {
    void *shape, *data;
    size_t elements;
    int type;
    ORT(GetTensorTypeAndShape, (OrtValue *, void **), value, &shape);
    ORT(GetTensorShapeElementCount, (const void *, size_t *), shape, &elements);
    ORT(GetTensorElementType, (const void *, int *), shape, &type);
    ORT(GetTensorMutableData, (OrtValue *, void **), value, &data);
    whole(give, STDOUT_FILENO, data, elements * element_bytes(type));
}

int main(int count, char **arguments) {
    if (count < 3) return 1;
    api = OrtGetApiBase()->GetApi(API_VERSION);
    OrtSession *session = session_of(arguments[1], NULL);
    void *allocator, *memory;
    ORT(GetAllocatorWithDefaultOptions, (void **), &allocator);
    ORT(CreateCpuMemoryInfo, (int, int, void **), DEVICE_ALLOCATOR, MEMORY_DEFAULT, &memory);
    struct input input = input_of(session, allocator);
    char *output_name, *item = aligned_alloc(64, (input.size_bytes + 63) / 64 * 64);
    OrtValue *given, *output;
    ORT(SessionGetOutputName, (OrtSession *, size_t, void *, char **), session, 0, allocator, &output_name);
    ORT(CreateTensorWithDataAsOrtValue, (void *, void *, size_t, const int64_t *, size_t, int, OrtValue **), memory, item,
        input.size_bytes, input.shape, input.dimensions, input.type, &given);
    for (int runs = atoi(arguments[2]); runs > 0; runs--) {
        whole(take, STDIN_FILENO, item, input.size_bytes);
        output = NULL;
        if (runs == 1) MARK_BEGIN();
        ORT(Run, (OrtSession *, void *, const char *const *, const OrtValue *const *, size_t, const char *const *, size_t, OrtValue **),
            session, NULL, (const char *const *)&input.name, (const OrtValue *const *)&given, 1, (const char *const *)&output_name, 1,
            &output);
        if (runs == 1) MARK_END();
        write_output(output);
        ((void (*)(OrtValue *))api[ReleaseValue])(output);
    }
    if (read(STDIN_FILENO, item, 1)) {
        fputs("the model leaves more sizes open than the batch", stderr);
        _exit(5);
    }
    _exit(0);
}
