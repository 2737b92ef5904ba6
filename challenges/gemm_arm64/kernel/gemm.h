// The contract of the kernel: C = A times B transposed, exactly.
//
//   c[i * n + j] = sum over p < k of a[i * k + p] * b[j * k + p]
//
// a: m rows of k bytes, the activations: every value from -128 to 127 occurs.
// b: n rows of k bytes, the weights, one row for each output: values from -127 to 127, never -128, as quantizers make them.
// c: m rows of n sums. All of it is to be written. Rows lie back to back, without gaps.
//
// Sizes: 1 <= m, n, k <= GEMM_LARGEST, in any combination. Each of the three buffers begins at a multiple of 64 bytes (their
// rows do not, unless k or n makes it so), none overlaps another, and nothing beyond them may be read or written.
#pragma once
#include <cstdint>

enum { GEMM_LARGEST = 1024 };

extern "C" void gemm_s8(int32_t m, int32_t n, int32_t k, const int8_t *a, const int8_t *b, int32_t *c);
