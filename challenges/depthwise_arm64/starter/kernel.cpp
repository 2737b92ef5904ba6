// A first entry: right on every size, and as fast as the compiler makes loops over channels. Start from here.
#include "depthwise.h"

static int8_t requantized(int32_t sum, int32_t multiplier) {
    const int64_t rounded = (int64_t{sum} * multiplier + (1 << 30)) >> 31;
    return rounded > 127 ? 127 : rounded < -128 ? -128 : rounded;
}

extern "C" void depthwise3x3_s8(int32_t height, int32_t width, int32_t channels, const int8_t *x, const int8_t *weights,
                                const int32_t *bias, const int32_t *multiplier, int8_t *y) {
    static int32_t sums[DEPTHWISE_MOST_CHANNELS];
    for (int32_t h = 0; h < height; h++)
        for (int32_t w = 0; w < width; w++) {
            for (int32_t c = 0; c < channels; c++) sums[c] = bias[c];
            for (int32_t i = 0; i < 3; i++)
                for (int32_t j = 0; j < 3; j++) {
                    const int32_t row = h + i - 1, column = w + j - 1;
                    if (row < 0 || row >= height || column < 0 || column >= width) continue;
                    const int8_t *from = x + (row * width + column) * channels, *by = weights + (3 * i + j) * channels;
                    for (int32_t c = 0; c < channels; c++) sums[c] += from[c] * by[c];
                }
            for (int32_t c = 0; c < channels; c++) y[(h * width + w) * channels + c] = requantized(sums[c], multiplier[c]);
        }
}
