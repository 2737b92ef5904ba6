// One case: sizes are m, n, k; the input is A, then B from the next multiple of 64.
#include "gemm.h"
#include "kernel_case.h"

void call_kernel(const int32_t *sizes, const uint8_t *input, uint8_t *output) {
    const int32_t m = sizes[0], n = sizes[1], k = sizes[2];
    const int32_t b_at = (m * k + 63) / 64 * 64;
    const auto *bytes = reinterpret_cast<const int8_t *>(input);
    gemm_s8(m, n, k, bytes, bytes + b_at, reinterpret_cast<int32_t *>(output));
}
