// One row of A against four of B, along k. Products have 16 bits and are added to sums of 32, lane by lane; the lanes are
// added up at the end. vsetvli gives the last round the length that is left, so there is no remainder loop.
#include "gemm.h"
#include <riscv_vector.h>

namespace {

constexpr int32_t COLUMNS = 4;

// sum[lane] += a[lane] * b[lane] for the first `length` lanes; the others stay as they are.
inline vint32m4_t accumulate(vint32m4_t sum, vint8m1_t a, const int8_t *b, size_t length) {
    const vint16m2_t products = __riscv_vwmul_vv_i16m2(a, __riscv_vle8_v_i8m1(b, length), length);
    return __riscv_vwadd_wv_i32m4_tu(sum, sum, products, length);
}

inline int32_t total(vint32m4_t sum) {
    const size_t all = __riscv_vsetvlmax_e32m4();
    return __riscv_vmv_x_s_i32m1_i32(__riscv_vredsum_vs_i32m4_i32m1(sum, __riscv_vmv_s_x_i32m1(0, 1), all));
}

} // namespace

extern "C" void gemm_s8(int32_t m, int32_t n, int32_t k, const int8_t *a, const int8_t *b, int32_t *c) {
    const vint32m4_t zero = __riscv_vmv_v_x_i32m4(0, __riscv_vsetvlmax_e32m4());
    for (int32_t i = 0; i < m; i++)
        for (int32_t j = 0; j < n; j += COLUMNS) {
            const int8_t *row[COLUMNS]; // beyond the last row of B, the last again: computed and not stored
            for (int32_t q = 0; q < COLUMNS; q++) row[q] = b + (j + q < n ? j + q : n - 1) * k;
            vint32m4_t sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
            size_t length;
            for (int32_t p = 0; p < k; p += length) {
                length = __riscv_vsetvl_e8m1(k - p);
                const vint8m1_t now = __riscv_vle8_v_i8m1(a + i * k + p, length);
                sum0 = accumulate(sum0, now, row[0] + p, length);
                sum1 = accumulate(sum1, now, row[1] + p, length);
                sum2 = accumulate(sum2, now, row[2] + p, length);
                sum3 = accumulate(sum3, now, row[3] + p, length);
            }
            const int32_t sums[COLUMNS] = {total(sum0), total(sum1), total(sum2), total(sum3)};
            for (int32_t q = 0; q < COLUMNS && j + q < n; q++) c[i * n + j + q] = sums[q];
        }
}
