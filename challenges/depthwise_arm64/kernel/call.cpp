// One case: sizes are height, width, channels; the input is x, weights, bias and multiplier, each from a multiple of 64.
#include "depthwise.h"
#include "kernel_case.h"

static int32_t aligned(int32_t size) { return (size + 63) / 64 * 64; }

void call_kernel(const int32_t *sizes, const uint8_t *input, uint8_t *output) {
    const int32_t height = sizes[0], width = sizes[1], channels = sizes[2];
    const uint8_t *weights = input + aligned(height * width * channels);
    const uint8_t *bias = weights + aligned(9 * channels);
    const uint8_t *multiplier = bias + aligned(4 * channels);
    depthwise3x3_s8(height, width, channels, reinterpret_cast<const int8_t *>(input), reinterpret_cast<const int8_t *>(weights),
                    reinterpret_cast<const int32_t *>(bias), reinterpret_cast<const int32_t *>(multiplier),
                    reinterpret_cast<int8_t *>(output));
}
