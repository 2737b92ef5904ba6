// Both matrices are packed into blocks of four rows by sixteen steps of k, so that one instruction loads four registers. B is
// packed whole, A some rows at a time into a buffer that stays in the cache. Zeros fill the last block of k, and the last row
// stands in for rows that are not there, so the loops that compute know no remainders.
#include "gemm.h"
#include <arm_neon.h>

namespace {

constexpr int32_t ROWS = 4, STEP = 16, BLOCK = ROWS * STEP;

#ifdef __ARM_FEATURE_DOTPROD
constexpr int32_t PANELS = 2; // of four rows each, side by side, in a tile of C

// Four steps of k of row 0, then of rows 1, 2 and 3: what the lanes of a dot product take.
inline void store_block(int8_t *block, const int8x16x4_t &rows) {
    const int32x4x4_t words = {vreinterpretq_s32_s8(rows.val[0]), vreinterpretq_s32_s8(rows.val[1]),
                               vreinterpretq_s32_s8(rows.val[2]), vreinterpretq_s32_s8(rows.val[3])};
    vst4q_s32(reinterpret_cast<int32_t *>(block), words);
}
#else
constexpr int32_t PANELS = 1;

inline void store_block(int8_t *block, const int8x16x4_t &rows) { vst1q_s8_x4(block, rows); }
#endif
constexpr int32_t TILE = ROWS * PANELS; // rows and columns of C

alignas(64) int8_t packed_a[TILE * GEMM_LARGEST];
alignas(64) int8_t packed_b[(GEMM_LARGEST + TILE) * GEMM_LARGEST];

// A block, and on to the next: the load itself moves the pointer.
inline int8x16x4_t next_block(const int8_t *&at) {
    const int8x16x4_t block = vld1q_s8_x4(at);
    at += BLOCK;
    asm("" : "+r"(at)); // or the compiler keeps one pointer and computes the others from it
    return block;
}

// The last k % 16 values of a row, and zeros: they add nothing.
inline int8x16_t remainder(const int8_t *row, int32_t size) {
    alignas(16) int8_t padded[STEP] = {};
#pragma clang loop vectorize(disable) unroll(disable)
    for (int32_t p = 0; p < size; p++) padded[p] = row[p];
    return vld1q_s8(padded);
}

// Four rows from `first`; the panel's blocks are `stride` bytes apart.
void pack_panel(int8_t *panel, int32_t stride, const int8_t *matrix, int32_t first, int32_t rows, int32_t k) {
    const int8_t *row[ROWS];
    for (int32_t r = 0; r < ROWS; r++) row[r] = matrix + (first + r < rows ? first + r : rows - 1) * k;
    int8x16x4_t now;
    int32_t p = 0;
    for (; p + STEP <= k; p += STEP, panel += stride) {
        for (int32_t r = 0; r < ROWS; r++) now.val[r] = vld1q_s8(row[r]), row[r] += STEP;
        store_block(panel, now);
    }
    if (p == k) return;
    for (int32_t r = 0; r < ROWS; r++) now.val[r] = remainder(row[r], k - p);
    store_block(panel, now);
}

// The rows of one tile: block by block, its panels side by side.
inline void pack(int8_t *packed, const int8_t *matrix, int32_t first, int32_t rows, int32_t k) {
    for (int32_t panel = 0; panel < PANELS; panel++)
        pack_panel(packed + panel * BLOCK, PANELS * BLOCK, matrix, first + ROWS * panel, rows, k);
}

#ifdef __ARM_FEATURE_DOTPROD
// sums[row][columns / 4]: each lane is one element of C, so nothing is left to add up across lanes.
struct Tile {
    int32x4_t sums[TILE][PANELS] = {};

    // Four rows by four columns: lane r of `a` holds four steps of k of row r.
    void add_four(int32_t row, int32_t columns, int8x16_t a, int8x16_t b) {
        sums[row][columns] = vdotq_laneq_s32(sums[row][columns], b, a, 0);
        sums[row + 1][columns] = vdotq_laneq_s32(sums[row + 1][columns], b, a, 1);
        sums[row + 2][columns] = vdotq_laneq_s32(sums[row + 2][columns], b, a, 2);
        sums[row + 3][columns] = vdotq_laneq_s32(sums[row + 3][columns], b, a, 3);
    }

    void add(const int8_t *a, const int8_t *b, int32_t bytes) {
#pragma clang loop unroll(disable)
        for (const int8_t *end = a + bytes; a < end;) {
            const int8x16x4_t rows[PANELS] = {next_block(a), next_block(a)};
#pragma unroll
            for (int32_t panel = 0; panel < PANELS; panel++) {
                const int8x16x4_t columns = next_block(b);
#pragma unroll
                for (int32_t four = 0; four < 4; four++) {
                    add_four(0, panel, rows[0].val[four], columns.val[four]);
                    add_four(ROWS, panel, rows[1].val[four], columns.val[four]);
                }
            }
        }
    }

    void store_row(int32_t row, int32_t *c) const {
        vst1q_s32(c, sums[row][0]);
        vst1q_s32(c + ROWS, sums[row][1]);
    }
};
#else
// sums[row][column]: each a register of four partial sums.
struct Tile {
    int32x4_t sums[TILE][TILE] = {};

    void add(const int8_t *a, const int8_t *b, int32_t bytes) {
#pragma clang loop unroll(disable)
        for (const int8_t *end = a + bytes; a < end;) {
            const int8x16x4_t rows = next_block(a), columns = next_block(b);
#pragma unroll
            for (int32_t i = 0; i < TILE; i++)
#pragma unroll
                for (int32_t j = 0; j < TILE; j++) {
                    // Two products fit into 16 bits: 2 * 128 * 127, as no weight is -128.
                    const int16x8_t one = vmull_s8(vget_low_s8(rows.val[i]), vget_low_s8(columns.val[j]));
                    sums[i][j] = vpadalq_s16(sums[i][j], vmlal_high_s8(one, rows.val[i], columns.val[j]));
                }
        }
    }

    void store_row(int32_t row, int32_t *c) const {
        const int32x4_t *four = sums[row];
        vst1q_s32(c, vpaddq_s32(vpaddq_s32(four[0], four[1]), vpaddq_s32(four[2], four[3])));
    }
};
#endif

inline void store(const Tile &tile, int32_t *c, int32_t rows, int32_t columns, int32_t stride) {
    if (columns >= TILE) {
#pragma unroll
        for (int32_t row = 0; row < TILE; row++)
            if (row < rows) tile.store_row(row, c + row * stride);
        return;
    }
    int32_t kept[TILE][TILE];
#pragma unroll
    for (int32_t row = 0; row < TILE; row++) tile.store_row(row, kept[row]);
    for (int32_t row = 0; row < rows && row < TILE; row++)
        for (int32_t column = 0; column < columns; column++) c[row * stride + column] = kept[row][column];
}

} // namespace

extern "C" void gemm_s8(int32_t m, int32_t n, int32_t k, const int8_t *a, const int8_t *b, int32_t *c) {
    const int32_t padded = (k + STEP - 1) / STEP * STEP;
    for (int32_t j = 0; j < n; j += TILE) pack(packed_b + j * padded, b, j, n, k);
    for (int32_t i = 0; i < m; i += TILE) {
        pack(packed_a, a, i, m, k);
        for (int32_t j = 0; j < n; j += TILE) {
            Tile tile;
            tile.add(packed_a, packed_b + j * padded, TILE * padded);
            store(tile, c + i * n + j, m - i, n - j, n);
        }
    }
}
