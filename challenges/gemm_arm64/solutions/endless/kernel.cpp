// Waits for something that never comes.
#include "gemm.h"

extern "C" void gemm_s8(int32_t, int32_t, int32_t, const int8_t *, const int8_t *, int32_t *c) {
    volatile int32_t *watched = c;
    while (*watched == 0) {
    }
}
