// Eight channels of two rows of y at a time, from left to right. A column of x (four rows) is loaded once and serves three
// columns of y; the three that are alive change names instead of places.
//
// With dot products: the four rows of a column are interleaved, so that four bytes are one channel's, and one instruction does
// three useful taps of it and one by a weight of zero. For the row of y below, the same bytes meet weights one place further.
// Without: two products fit into 16 bits (2 * 128 * 127, as no weight is -128), so nine products need five additions to 32.
#include "depthwise.h"
#include <arm_neon.h>

namespace {

constexpr int32_t LANES = 8, SIDE = 3;

alignas(64) const int8_t zero_row[DEPTHWISE_LARGEST_SIDE * DEPTHWISE_MOST_CHANNELS] = {};
alignas(64) int8_t nowhere[DEPTHWISE_LARGEST_SIDE * DEPTHWISE_MOST_CHANNELS]; // a row of y that does not exist

struct Sums { int32x4_t low, high; }; // of four channels each

#ifdef __ARM_FEATURE_DOTPROD
struct Column { int8x16_t low, high; }; // four rows of four channels each: a channel's rows are neighbours

inline Column interleaved(int8x8_t row0, int8x8_t row1, int8x8_t row2, int8x8_t row3) {
    const int16x8_t upper = vreinterpretq_s16_s8(vzip1q_s8(vcombine_s8(row0, row0), vcombine_s8(row1, row1)));
    const int16x8_t lower = vreinterpretq_s16_s8(vzip1q_s8(vcombine_s8(row2, row2), vcombine_s8(row3, row3)));
    return {vreinterpretq_s8_s16(vzip1q_s16(upper, lower)), vreinterpretq_s8_s16(vzip2q_s16(upper, lower))};
}

struct Taps {
    Column at[2][SIDE]; // for the upper and for the lower row of y

    Taps(const int8_t *weights, int32_t channels) {
        for (int32_t j = 0; j < SIDE; j++) {
            const int8x8_t none = vdup_n_s8(0), first = vld1_s8(weights + j * channels);
            const int8x8_t second = vld1_s8(weights + (3 + j) * channels), third = vld1_s8(weights + (6 + j) * channels);
            at[0][j] = interleaved(first, second, third, none);
            at[1][j] = interleaved(none, first, second, third);
        }
    }

    Sums sums(int32_t row, Sums bias, Column left, Column middle, Column right) const {
        const Column *tap = at[row];
        const int32x4_t low = vdotq_s32(vdotq_s32(bias.low, left.low, tap[0].low), middle.low, tap[1].low);
        const int32x4_t high = vdotq_s32(vdotq_s32(bias.high, left.high, tap[0].high), middle.high, tap[1].high);
        return {vdotq_s32(low, right.low, tap[2].low), vdotq_s32(high, right.high, tap[2].high)};
    }
};
#else
struct Column { int8x8_t row[4]; };

inline Column interleaved(int8x8_t row0, int8x8_t row1, int8x8_t row2, int8x8_t row3) { return {row0, row1, row2, row3}; }

inline Sums operator+(Sums sums, int16x8_t more) {
    return {vaddw_s16(sums.low, vget_low_s16(more)), vaddw_high_s16(sums.high, more)};
}

struct Taps {
    int8x8_t at[SIDE][SIDE];

    Taps(const int8_t *weights, int32_t channels) {
        for (int32_t i = 0; i < SIDE; i++)
            for (int32_t j = 0; j < SIDE; j++) at[i][j] = vld1_s8(weights + (3 * i + j) * channels);
    }

    Sums sums(int32_t row, Sums bias, const Column &left, const Column &middle, const Column &right) const {
        const int8x8_t *one = left.row + row, *two = middle.row + row, *three = right.row + row;
        const int16x8_t upper = vmlal_s8(vmull_s8(one[0], at[0][0]), two[0], at[0][1]);
        const int16x8_t middle_row = vmlal_s8(vmull_s8(one[1], at[1][0]), two[1], at[1][1]);
        const int16x8_t lower = vmlal_s8(vmull_s8(one[2], at[2][0]), two[2], at[2][1]);
        const int16x8_t corners = vmlal_s8(vmull_s8(three[0], at[0][2]), three[2], at[2][2]);
        return bias + upper + middle_row + lower + corners + vmull_s8(three[1], at[1][2]);
    }
};
#endif

// vqrdmulhq_s32 is (2 * a * b + 2^31) >> 32: the contract's rounding in one instruction.
inline int8x8_t requantized(Sums sums, Sums multiplier) {
    const int16x4_t low = vqmovn_s32(vqrdmulhq_s32(sums.low, multiplier.low));
    return vqmovn_s16(vqmovn_high_s32(low, vqrdmulhq_s32(sums.high, multiplier.high)));
}

// Eight channels, and on to the next column in the same instruction, which the compiler does not think of.
inline int8x8_t take(const int8_t *&at, int64_t channels) {
    int8x8_t values;
    asm("ld1 {%0.8b}, [%1], %2" : "=w"(values), "+r"(at) : "r"(channels)); // from what nobody writes
    return values;
}

inline void put(int8_t *&at, int64_t channels, int8x8_t values) {
    asm volatile("st1 {%1.8b}, [%0], %2" : "+r"(at) : "w"(values), "r"(channels) : "memory");
}

struct Rows {
    const int8_t *from[4];
    int8_t *to[2];
    int64_t channels;

    Column next_column() {
        int8x8_t row[4];
        for (int32_t r = 0; r < 4; r++) row[r] = take(from[r], channels);
        return interleaved(row[0], row[1], row[2], row[3]);
    }
};

// Two rows of y, eight channels.
inline void convolve(Rows rows, int32_t width, const Taps &taps, Sums bias, Sums multiplier) {
    const auto put_column = [&](const Column &left, const Column &middle, const Column &right) __attribute__((always_inline)) {
        put(rows.to[0], rows.channels, requantized(taps.sums(0, bias, left, middle, right), multiplier));
        put(rows.to[1], rows.channels, requantized(taps.sums(1, bias, left, middle, right), multiplier));
    };
    const int8x8_t none = vdup_n_s8(0);
    const Column nothing = interleaved(none, none, none, none);
    Column one = nothing, two = rows.next_column(), three;
    for (int32_t w = width;;) {
        three = w > 1 ? rows.next_column() : nothing;
        put_column(one, two, three);
        if (--w == 0) return;
        one = w > 1 ? rows.next_column() : nothing;
        put_column(two, three, one);
        if (--w == 0) return;
        two = w > 1 ? rows.next_column() : nothing;
        put_column(three, one, two);
        if (--w == 0) return;
    }
}

inline Sums pair(const int32_t *at) { return {vld1q_s32(at), vld1q_s32(at + 4)}; }

} // namespace

static void few_channels(int32_t height, int32_t width, int32_t channels, const int8_t *x, const int8_t *weights,
                         const int32_t *bias, const int32_t *multiplier, int8_t *y) {
    for (int32_t h = 0; h < height; h++)
        for (int32_t w = 0; w < width; w++)
            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = bias[c];
                for (int32_t i = h > 0 ? 0 : 1; i < 3 && h + i - 1 < height; i++)
                    for (int32_t j = w > 0 ? 0 : 1; j < 3 && w + j - 1 < width; j++)
                        sum += x[((h + i - 1) * width + w + j - 1) * channels + c] * weights[(3 * i + j) * channels + c];
                y[(h * width + w) * channels + c] = vqmovnh_s16(vqmovns_s32(vqrdmulhs_s32(sum, multiplier[c])));
            }
}

extern "C" void depthwise3x3_s8(int32_t height, int32_t width, int32_t channels, const int8_t *x, const int8_t *weights,
                                const int32_t *bias, const int32_t *multiplier, int8_t *y) {
    if (channels < LANES) return few_channels(height, width, channels, x, weights, bias, multiplier, y);
    const int32_t stride = width * channels;
    for (int32_t h = 0; h < height; h += 2) // outside, so that the rows are in the cache for the next eight channels
        for (int32_t first = 0; first < channels; first += LANES) {
            const int32_t c = first + LANES <= channels ? first : channels - LANES; // the last eight, some once more
            Rows rows = {{}, {y + h * stride + c, h + 1 < height ? y + (h + 1) * stride + c : nowhere}, channels};
            for (int32_t r = 0; r < 4; r++) {
                const int32_t row = h + r - 1;
                rows.from[r] = row >= 0 && row < height ? x + row * stride + c : zero_row;
            }
            convolve(rows, width, Taps(weights + c, channels), pair(bias + c), pair(multiplier + c));
        }
}
