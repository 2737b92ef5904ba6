// A table of the 256 values of x for each call, by erff, held in sixteen registers: four instructions look up sixteen elements.
#include "fused_gelu.h"
#include <arm_neon.h>
#include <cmath>

namespace {

const OrtApi *api;

struct Scales {
    float x_scale, y_scale;
    int8_t x_zero_point, y_zero_point;
};

// y for one value of x.
int8_t gelu_of(int8_t x, const Scales &scales) {
    const float real = static_cast<float>(x - scales.x_zero_point) * scales.x_scale;
    const float gelu = 0.5f * real * (1 + erff(real * 0.70710678f));
    const float y = rintf(gelu / scales.y_scale) + static_cast<float>(scales.y_zero_point);
    return static_cast<int8_t>(fminf(fmaxf(y, -128), 127));
}

void fill_table(int8_t *table, const Scales &scales) {
    for (int x = -128; x < 128; x++) table[static_cast<uint8_t>(x)] = gelu_of(static_cast<int8_t>(x), scales);
}

struct Table {
    uint8x16x4_t quarters[4];

    explicit Table(const int8_t *table) {
        for (int at = 0; at < 4; at++) quarters[at] = vld1q_u8_x4(reinterpret_cast<const uint8_t *>(table) + 64 * at);
    }

    // TBL gives 0 where an index is beyond its 64 bytes, TBX leaves what was there: each quarter answers for its own.
    uint8x16_t operator[](uint8x16_t x) const {
        uint8x16_t y = vqtbl4q_u8(quarters[0], x);
        y = vqtbx4q_u8(y, quarters[1], vsubq_u8(x, vdupq_n_u8(64)));
        y = vqtbx4q_u8(y, quarters[2], vsubq_u8(x, vdupq_n_u8(128)));
        return vqtbx4q_u8(y, quarters[3], vsubq_u8(x, vdupq_n_u8(192)));
    }
};

void gelu(const int8_t *x, int8_t *y, int64_t size, const Scales &scales) {
    int8_t bytes[256];
    fill_table(bytes, scales);
    const Table table(bytes);
    const auto *from = reinterpret_cast<const uint8_t *>(x);
    auto *to = reinterpret_cast<uint8_t *>(y);
    int64_t at = 0;
#pragma clang loop unroll(disable)
    for (; at + 16 <= size; at += 16) vst1q_u8(to + at, table[vld1q_u8(from + at)]);
    for (; at < size; at++) y[at] = bytes[from[at]];
}

// Hand an error on to the runtime.
#define TRY(call)                                                                                                                   \
    if (OrtStatus *failed = (call)) return failed

template <typename T> OrtStatus *scalar_of(const OrtKernelContext *context, size_t index, T *scalar) {
    const OrtValue *value;
    void *data;
    TRY(api->KernelContext_GetInput(context, index, &value));
    TRY(api->GetTensorMutableData(const_cast<OrtValue *>(value), &data));
    *scalar = *static_cast<const T *>(data);
    return nullptr;
}

OrtStatus *compute(OrtKernelContext *context) {
    const OrtValue *x;
    OrtValue *y;
    OrtTensorTypeAndShapeInfo *info;
    int64_t shape[2];
    Scales scales;
    void *from, *to;
    TRY(api->KernelContext_GetInput(context, X, &x));
    TRY(api->GetTensorTypeAndShape(x, &info));
    OrtStatus *unknown = api->GetDimensions(info, shape, 2);
    api->ReleaseTensorTypeAndShapeInfo(info);
    TRY(unknown);
    TRY(scalar_of(context, X_SCALE, &scales.x_scale));
    TRY(scalar_of(context, X_ZERO_POINT, &scales.x_zero_point));
    TRY(scalar_of(context, Y_SCALE, &scales.y_scale));
    TRY(scalar_of(context, Y_ZERO_POINT, &scales.y_zero_point));
    TRY(api->GetTensorMutableData(const_cast<OrtValue *>(x), &from));
    TRY(api->KernelContext_GetOutput(context, 0, shape, 2, &y));
    TRY(api->GetTensorMutableData(y, &to));
    gelu(static_cast<const int8_t *>(from), static_cast<int8_t *>(to), shape[0] * shape[1], scales);
    return nullptr;
}

struct Gelu : OrtCustomOp {
    constexpr Gelu() : OrtCustomOp{} {
        version = ORT_API_VERSION;
        GetName = [](const OrtCustomOp *) { return GELU_NAME; };
        GetExecutionProviderType = [](const OrtCustomOp *) -> const char * { return nullptr; };
        GetInputTypeCount = [](const OrtCustomOp *) -> size_t { return GELU_INPUTS; };
        GetInputType = [](const OrtCustomOp *, size_t index) {
            return index == X_SCALE || index == Y_SCALE ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT : ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8;
        };
        GetInputCharacteristic = [](const OrtCustomOp *, size_t) { return INPUT_OUTPUT_REQUIRED; };
        GetInputMemoryType = [](const OrtCustomOp *, size_t) { return OrtMemTypeDefault; };
        GetOutputTypeCount = [](const OrtCustomOp *) -> size_t { return 1; };
        GetOutputType = [](const OrtCustomOp *, size_t) { return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8; };
        GetOutputCharacteristic = [](const OrtCustomOp *, size_t) { return INPUT_OUTPUT_REQUIRED; };
        CreateKernelV2 = [](const OrtCustomOp *, const OrtApi *, const OrtKernelInfo *, void **kernel) -> OrtStatus * {
            static char nothing; // the operator keeps nothing from call to call
            *kernel = &nothing;
            return nullptr;
        };
        KernelComputeV2 = [](void *, OrtKernelContext *context) { return compute(context); };
        KernelDestroy = [](void *) {};
    }
};

constinit const Gelu gelu_operator; // made by the compiler: nothing of an entry may run before it is called

} // namespace

extern "C" OrtStatus *RegisterCustomOps(OrtSessionOptions *options, const OrtApiBase *base) {
    api = base->GetApi(ORT_API_VERSION);
    OrtCustomOpDomain *domain;
    TRY(api->CreateCustomOpDomain(GELU_DOMAIN, &domain));
    TRY(api->CustomOpDomain_Add(domain, &gelu_operator));
    return api->AddCustomOpDomain(options, domain);
}
