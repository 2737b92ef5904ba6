// As the entry that passes, but for the rounding: a half is rounded away from zero, not upwards.
#include "depthwise.h"
#include <arm_neon.h>
#include <cstring>

namespace {

constexpr int32_t LANES = 8, TAPS = 9, SIDE = DEPTHWISE_LARGEST_SIDE + 2, MOST = DEPTHWISE_MOST_CHANNELS;

int8_t picture[SIDE * SIDE * MOST], taps[TAPS * MOST];
int32_t biases[MOST], multipliers[MOST];

// Rounds halves away from zero: scales the magnitude, and gives it its sign again.
inline int32x4_t scaled(int32x4_t sums, int32x4_t by) {
    const int32x4_t magnitude = vqrdmulhq_s32(vabsq_s32(sums), by);
    return vbslq_s32(vcltzq_s32(sums), vnegq_s32(magnitude), magnitude);
}

// One pixel of y, eight channels. from: nine pixels of x.
inline int8x8_t pixel(const int8_t *const (&from)[TAPS], const int8x8_t (&by)[TAPS], int32_t c) {
    int32x4_t low = vld1q_s32(biases + c), high = vld1q_s32(biases + c + 4);
#pragma unroll
    for (int32_t tap = 0; tap < TAPS; tap += 2) {
        int16x8_t sum = vmull_s8(vld1_s8(from[tap]), by[tap]);
        if (tap + 1 < TAPS) sum = vmlal_s8(sum, vld1_s8(from[tap + 1]), by[tap + 1]);
        low = vaddw_s16(low, vget_low_s16(sum));
        high = vaddw_high_s16(high, sum);
    }
    low = scaled(low, vld1q_s32(multipliers + c));
    high = scaled(high, vld1q_s32(multipliers + c + 4));
    return vqmovn_s16(vqmovn_high_s32(vqmovn_s32(low), high));
}

} // namespace

extern "C" void depthwise3x3_s8(int32_t height, int32_t width, int32_t channels, const int8_t *x, const int8_t *weights,
                                const int32_t *bias, const int32_t *multiplier, int8_t *y) {
    const int32_t filled = (channels + LANES - 1) / LANES * LANES, stride = (width + 2) * filled;
    memset(picture, 0, (height + 2) * stride);
    for (int32_t h = 0; h < height; h++)
        for (int32_t w = 0; w < width; w++)
            memcpy(picture + (h + 1) * stride + (w + 1) * filled, x + (h * width + w) * channels, channels);
    for (int32_t tap = 0; tap < TAPS; tap++) memcpy(taps + tap * filled, weights + tap * channels, channels);
    memcpy(biases, bias, channels * sizeof *bias);
    memcpy(multipliers, multiplier, channels * sizeof *multiplier);

    for (int32_t h = 0; h < height; h++)
        for (int32_t c = 0; c < channels; c += LANES) {
            int8x8_t by[TAPS];
            const int8_t *from[TAPS];
            for (int32_t tap = 0; tap < TAPS; tap++) {
                by[tap] = vld1_s8(taps + tap * filled + c);
                from[tap] = picture + (h + tap / 3) * stride + tap % 3 * filled + c;
            }
            for (int32_t w = 0; w < width; w++) {
                const int8x8_t values = pixel(from, by, c);
                int8_t *to = y + (h * width + w) * channels + c;
                if (c + LANES <= channels)
                    vst1_s8(to, values);
                else
                    memcpy(to, &values, channels - c);
                for (const int8_t *&tap : from) tap += filled;
            }
        }
}
