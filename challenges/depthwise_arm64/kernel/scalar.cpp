// The baseline: one product at a time. The pragmas keep the compiler from doing the candidate's work.
#include "depthwise.h"

static int8_t requantized(int32_t sum, int32_t multiplier) {
    const int64_t rounded = (int64_t{sum} * multiplier + (1 << 30)) >> 31;
    return rounded > 127 ? 127 : rounded < -128 ? -128 : rounded;
}

extern "C" void depthwise3x3_s8(int32_t height, int32_t width, int32_t channels, const int8_t *x, const int8_t *weights,
                                const int32_t *bias, const int32_t *multiplier, int8_t *y) {
    for (int32_t h = 0; h < height; h++)
        for (int32_t w = 0; w < width; w++)
#pragma clang loop vectorize(disable) interleave(disable) unroll(disable)
            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = bias[c];
#pragma clang loop vectorize(disable) interleave(disable) unroll(disable)
                for (int32_t i = h > 0 ? 0 : 1; i < 3 && h + i - 1 < height; i++)
#pragma clang loop vectorize(disable) interleave(disable) unroll(disable)
                    for (int32_t j = w > 0 ? 0 : 1; j < 3 && w + j - 1 < width; j++)
                        sum += x[((h + i - 1) * width + w + j - 1) * channels + c] * weights[(3 * i + j) * channels + c];
                y[(h * width + w) * channels + c] = requantized(sum, multiplier[c]);
            }
}
