// What an operator costs that does nothing is measured with this one, in the harness and in ONNX Runtime.
#include "fused_gelu.h"

namespace {

const OrtApi *api;

struct Empty : OrtCustomOp {
    constexpr Empty() : OrtCustomOp{} {
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
            static char nothing;
            *kernel = &nothing;
            return nullptr;
        };
        KernelComputeV2 = [](void *, OrtKernelContext *) -> OrtStatus * { return nullptr; };
        KernelDestroy = [](void *) {};
    }
};

constinit const Empty gelu;

} // namespace

extern "C" OrtStatus *RegisterCustomOps(OrtSessionOptions *options, const OrtApiBase *base) {
    api = base->GetApi(ORT_API_VERSION);
    OrtCustomOpDomain *domain;
    if (OrtStatus *failed = api->CreateCustomOpDomain(GELU_DOMAIN, &domain)) return failed;
    if (OrtStatus *failed = api->CustomOpDomain_Add(domain, &gelu)) return failed;
    return api->AddCustomOpDomain(options, domain);
}
