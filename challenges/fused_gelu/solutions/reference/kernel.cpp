// A table for each call, four entries at a time: erf as a rational function, rounded and narrowed in registers. Then 64 elements
// for one load and one store. The last 64 overlap those before them, so that no loop over single elements is left.
#include "fused_gelu.h"
#include <arm_neon.h>
#include <initializer_list>

namespace {

const OrtApi *api;

struct Scales {
    float x_scale, y_scale;
    int8_t x_zero_point, y_zero_point;
};

// erf within 3e-7 (x P(x^2) / Q(x^2), the coefficients that Eigen and MLAS use). It is 1 beyond 4.
inline float32x4_t erf4(float32x4_t x) {
    x = vminq_f32(vmaxq_f32(x, vdupq_n_f32(-4)), vdupq_n_f32(4));
    const float32x4_t square = vmulq_f32(x, x);
    float32x4_t p = vdupq_n_f32(-2.72614225801306e-10f), q = vdupq_n_f32(-1.45660718464996e-05f);
    for (float coefficient : {2.77068142495902e-08f, -2.10102402082508e-06f, -5.69250639462346e-05f, -7.34990630326855e-04f,
                              -2.95459980854025e-03f, -1.60960333262415e-02f})
        p = vfmaq_f32(vdupq_n_f32(coefficient), p, square);
    for (float coefficient : {-2.13374055278905e-04f, -1.68282697438203e-03f, -7.37332916720468e-03f, -1.42647390514189e-02f})
        q = vfmaq_f32(vdupq_n_f32(coefficient), q, square);
    return vdivq_f32(vmulq_f32(x, p), q);
}

// Four entries of the table, still 32 bits wide: FCVTNS rounds half to even.
inline int32x4_t steps4(float32x4_t real, float32x4_t per_step) {
    const float32x4_t half = vmulq_f32(real, per_step);
    return vcvtnq_s32_f32(vfmaq_f32(half, half, erf4(vmulq_n_f32(real, 0.70710678f))));
}

// Index 0 is x = 0, index 128 is x = -128.
void fill_table(int8_t *table, const Scales &scales) {
    const float32x4_t per_step = vdupq_n_f32(0.5f / scales.y_scale);
    const int16x8_t zero_point = vdupq_n_s16(scales.y_zero_point);
    const float first[4] = {0, 1, 2, 3};
    for (int half = 0; half < 2; half++) {
        const float offset = static_cast<float>((half ? -128 : 0) - scales.x_zero_point);
        float32x4_t codes = vaddq_f32(vld1q_f32(first), vdupq_n_f32(offset));
#pragma clang loop unroll(disable)
        for (int at = 0; at < 128; at += 8) {
            const int32x4_t low = steps4(vmulq_n_f32(codes, scales.x_scale), per_step);
            codes = vaddq_f32(codes, vdupq_n_f32(4));
            const int32x4_t high = steps4(vmulq_n_f32(codes, scales.x_scale), per_step);
            codes = vaddq_f32(codes, vdupq_n_f32(4));
            const int16x8_t steps = vqmovn_high_s32(vqmovn_s32(low), high); // narrowing saturates, and so does the sum
            vst1_s8(table + 128 * half + at, vqmovn_s16(vqaddq_s16(steps, zero_point)));
        }
    }
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

constexpr int64_t BLOCK = 64;

inline void look_up(const Table &table, const uint8_t *x, uint8_t *y) {
    uint8x16x4_t block = vld1q_u8_x4(x);
    for (uint8x16_t &sixteen : block.val) sixteen = table[sixteen];
    vst1q_u8_x4(y, block);
}

void gelu(const int8_t *x, int8_t *y, int64_t size, const Scales &scales) {
    alignas(64) int8_t bytes[256];
    fill_table(bytes, scales);
    const auto *from = reinterpret_cast<const uint8_t *>(x);
    auto *to = reinterpret_cast<uint8_t *>(y);
    if (size < BLOCK) {
        for (int64_t at = 0; at < size; at++) y[at] = bytes[from[at]];
        return;
    }
    const Table table(bytes);
    const uint8_t *last = from + size - BLOCK;
#pragma clang loop unroll(disable)
    for (; from < last; from += BLOCK, to += BLOCK) look_up(table, from, to);
    look_up(table, last, reinterpret_cast<uint8_t *>(y) + size - BLOCK);
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
