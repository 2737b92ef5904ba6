// One case: sizes are rows, columns; each input begins at a multiple of 64, the scales and zero points one after another
// behind x.
#include "fused_gelu.h"
#include "kernel_case.h"
#include "operator_host.h"

void call_kernel(const int32_t *sizes, const uint8_t *input, uint8_t *output) {
    const int64_t rows = sizes[0], columns = sizes[1];
    auto *bytes = const_cast<uint8_t *>(input), *scalars = bytes + (rows * columns + 63) / 64 * 64;
    constexpr auto INT8 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, FLOAT = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    const OrtValue inputs[GELU_INPUTS] = {
        {INT8, bytes, 2, {rows, columns}},
        {FLOAT, scalars, 0, {}},
        {INT8, scalars + 64, 0, {}},
        {FLOAT, scalars + 128, 0, {}},
        {INT8, scalars + 192, 0, {}},
    };
    OrtValue y = {INT8, output, 2, {rows, columns}};
    run_operator(inputs, GELU_INPUTS, &y);
}
