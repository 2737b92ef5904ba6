// What the harness costs by itself is measured with this kernel, and taken off every entry's count.
#include "gemm.h"

extern "C" void gemm_s8(int32_t, int32_t, int32_t, const int8_t *, const int8_t *, int32_t *) {}
