// Four rows of A against four of B, along k, two vectors of k in a round.
//
// An instruction costs as many registers as it works on, so each is used for what it is cheap at. Widening products read
// 8 bits: sixteen for one register. Two of them share a lane of 16 bits (2 * 128 * 127 fits, as no weight is -128), so half of
// the additions into 32 bits are saved. And vwredsum adds a whole vector into one lane of one register: a sum in 32 bits for
// each lane would take four registers, and sixteen sums would not fit.
//
// vwmul and vwredsum want different vtypes. Three pairs are multiplied before three are summed, to change it seldom.
#include "gemm.h"
#include <riscv_vector.h>

namespace {

constexpr int32_t TILE = 4; // rows and columns of C

struct Rows {
    const int8_t *at[TILE];

    // From row `first` of `rows`; the last one stands in for those that are not there.
    Rows(const int8_t *matrix, int32_t first, int32_t rows, int32_t k) {
        for (int32_t r = 0; r < TILE; r++) at[r] = matrix + (first + r < rows ? first + r : rows - 1) * k;
    }
};

// Two vectors of a row. An assignment is a load of whole registers, which asks for no vtype.
inline vint8m2_t load(const int8_t *at) { return *reinterpret_cast<const vint8m2_t *>(at); }

// The products of both halves, added up lane by lane.
inline vint16m2_t products(vint8m2_t a, vint8m2_t b) {
    const size_t lanes = __riscv_vsetvlmax_e8m1();
    const vint16m2_t first = __riscv_vwmul_vv_i16m2(__riscv_vget_v_i8m2_i8m1(a, 0), __riscv_vget_v_i8m2_i8m1(b, 0), lanes);
    return __riscv_vwmacc_vv_i16m2(first, __riscv_vget_v_i8m2_i8m1(a, 1), __riscv_vget_v_i8m2_i8m1(b, 1), lanes);
}

inline vint32m1_t add(vint32m1_t sum, vint16m2_t products) {
    return __riscv_vwredsum_vs_i16m2_i32m1(products, sum, __riscv_vsetvlmax_e16m2());
}

inline void store(int32_t *c, int32_t columns, vint32m1_t sum0, vint32m1_t sum1, vint32m1_t sum2, vint32m1_t sum3) {
    c[0] = __riscv_vmv_x_s_i32m1_i32(sum0);
    if (columns > 1) c[1] = __riscv_vmv_x_s_i32m1_i32(sum1);
    if (columns > 2) c[2] = __riscv_vmv_x_s_i32m1_i32(sum2);
    if (columns > 3) c[3] = __riscv_vmv_x_s_i32m1_i32(sum3);
}

// One tile of C.
inline void multiply(const Rows &a, const Rows &b, int32_t k, int32_t *c, int32_t rows, int32_t columns, int32_t stride) {
    vint32m1_t sum00 = __riscv_vmv_s_x_i32m1(0, 1), sum01 = sum00, sum02 = sum00, sum03 = sum00;
    vint32m1_t sum10 = sum00, sum11 = sum00, sum12 = sum00, sum13 = sum00;
    vint32m1_t sum20 = sum00, sum21 = sum00, sum22 = sum00, sum23 = sum00;
    vint32m1_t sum30 = sum00, sum31 = sum00, sum32 = sum00, sum33 = sum00;
    const int32_t round = __riscv_vsetvlmax_e8m2();
    int32_t p = 0;
    for (; p + round <= k; p += round) {
        const vint8m2_t b0 = load(b.at[0] + p), b1 = load(b.at[1] + p), b2 = load(b.at[2] + p), b3 = load(b.at[3] + p);
        const vint8m2_t a0 = load(a.at[0] + p);
        vint16m2_t one = products(a0, b0), two = products(a0, b1), three = products(a0, b2);
        sum00 = add(sum00, one), sum01 = add(sum01, two), sum02 = add(sum02, three);
        const vint8m2_t a1 = load(a.at[1] + p);
        one = products(a0, b3), two = products(a1, b0), three = products(a1, b1);
        sum03 = add(sum03, one), sum10 = add(sum10, two), sum11 = add(sum11, three);
        const vint8m2_t a2 = load(a.at[2] + p);
        one = products(a1, b2), two = products(a1, b3), three = products(a2, b0);
        sum12 = add(sum12, one), sum13 = add(sum13, two), sum20 = add(sum20, three);
        one = products(a2, b1), two = products(a2, b2), three = products(a2, b3);
        sum21 = add(sum21, one), sum22 = add(sum22, two), sum23 = add(sum23, three);
        const vint8m2_t a3 = load(a.at[3] + p);
        one = products(a3, b0), two = products(a3, b1), three = products(a3, b2);
        sum30 = add(sum30, one), sum31 = add(sum31, two), sum32 = add(sum32, three);
        sum33 = add(sum33, products(a3, b3));
    }
    for (int32_t length; p < k; p += length) { // what is left: in a round one vector, or what there is of it
        length = __riscv_vsetvl_e8m1(k - p);
        const auto load = [=](const int8_t *row) { return __riscv_vle8_v_i8m1(row + p, length); };
        const auto products = [=](vint8m1_t x, vint8m1_t y) { return __riscv_vwmul_vv_i16m2(x, y, length); };
        const auto add = [=](vint32m1_t sum, vint16m2_t products) {
            return __riscv_vwredsum_vs_i16m2_i32m1(products, sum, length);
        };
        const vint8m1_t b0 = load(b.at[0]), b1 = load(b.at[1]), b2 = load(b.at[2]), b3 = load(b.at[3]);
        vint8m1_t now = load(a.at[0]);
        vint16m2_t one = products(now, b0), two = products(now, b1), three = products(now, b2), four = products(now, b3);
        sum00 = add(sum00, one), sum01 = add(sum01, two), sum02 = add(sum02, three), sum03 = add(sum03, four);
        now = load(a.at[1]);
        one = products(now, b0), two = products(now, b1), three = products(now, b2), four = products(now, b3);
        sum10 = add(sum10, one), sum11 = add(sum11, two), sum12 = add(sum12, three), sum13 = add(sum13, four);
        now = load(a.at[2]);
        one = products(now, b0), two = products(now, b1), three = products(now, b2), four = products(now, b3);
        sum20 = add(sum20, one), sum21 = add(sum21, two), sum22 = add(sum22, three), sum23 = add(sum23, four);
        now = load(a.at[3]);
        one = products(now, b0), two = products(now, b1), three = products(now, b2), four = products(now, b3);
        sum30 = add(sum30, one), sum31 = add(sum31, two), sum32 = add(sum32, three), sum33 = add(sum33, four);
    }
    store(c, columns, sum00, sum01, sum02, sum03);
    if (rows > 1) store(c + stride, columns, sum10, sum11, sum12, sum13);
    if (rows > 2) store(c + 2 * stride, columns, sum20, sum21, sum22, sum23);
    if (rows > 3) store(c + 3 * stride, columns, sum30, sum31, sum32, sum33);
}

} // namespace

extern "C" void gemm_s8(int32_t m, int32_t n, int32_t k, const int8_t *a, const int8_t *b, int32_t *c) {
    for (int32_t i = 0; i < m; i += TILE) {
        const Rows rows(a, i, m, k);
        for (int32_t j = 0; j < n; j += TILE) multiply(rows, Rows(b, j, n, k), k, c + i * n + j, m - i, n - j, n);
    }
}
