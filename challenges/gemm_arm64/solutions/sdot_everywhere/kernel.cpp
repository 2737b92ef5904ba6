// The same instruction for both boards: the attribute makes the compiler emit it, and the Raspberry Pi 4 does not know it.
#include "gemm.h"
#include <arm_neon.h>
#include <cstring>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

namespace {

constexpr int32_t ROWS = 4, STEP = 16;

inline int32x4_t accumulate(int32x4_t sum, int8x16_t a, int8x16_t b) {
    return vdotq_s32(sum, a, b);
}

// The last k % 16 values of a row, and zeros: they add nothing.
inline int8x16_t remainder(const int8_t *row, int32_t size) {
    int8_t padded[STEP] = {};
    memcpy(padded, row, size);
    return vld1q_s8(padded);
}

inline void add_products(int32x4_t (&sums)[ROWS][ROWS], const int8x16_t (&a)[ROWS], const int8x16_t (&b)[ROWS]) {
    for (int32_t i = 0; i < ROWS; i++)
        for (int32_t j = 0; j < ROWS; j++) sums[i][j] = accumulate(sums[i][j], a[i], b[j]);
}

} // namespace

extern "C" void gemm_s8(int32_t m, int32_t n, int32_t k, const int8_t *a, const int8_t *b, int32_t *c) {
    for (int32_t i = 0; i < m; i += ROWS)
        for (int32_t j = 0; j < n; j += ROWS) {
            const int8_t *a_rows[ROWS], *b_rows[ROWS]; // beyond the last row, the last again: computed and not stored
            for (int32_t r = 0; r < ROWS; r++) {
                a_rows[r] = a + (i + r < m ? i + r : m - 1) * k;
                b_rows[r] = b + (j + r < n ? j + r : n - 1) * k;
            }
            int32x4_t sums[ROWS][ROWS] = {};
            int8x16_t a_now[ROWS], b_now[ROWS];
            int32_t p = 0;
            for (; p + STEP <= k; p += STEP) {
                for (int32_t r = 0; r < ROWS; r++) {
                    a_now[r] = vld1q_s8(a_rows[r]), a_rows[r] += STEP;
                    b_now[r] = vld1q_s8(b_rows[r]), b_rows[r] += STEP;
                }
                add_products(sums, a_now, b_now);
            }
            if (p < k) {
                for (int32_t r = 0; r < ROWS; r++)
                    a_now[r] = remainder(a_rows[r], k - p), b_now[r] = remainder(b_rows[r], k - p);
                add_products(sums, a_now, b_now);
            }
            for (int32_t r = 0; r < ROWS && i + r < m; r++)
                for (int32_t q = 0; q < ROWS && j + q < n; q++) c[(i + r) * n + j + q] = vaddvq_s32(sums[r][q]);
        }
}
#pragma clang attribute pop
