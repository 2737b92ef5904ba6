// Loads sixteen channels with a name that arm_neon.h does not have.
#include "depthwise.h"
#include <arm_neon.h>

extern "C" void depthwise3x3_s8(int32_t, int32_t, int32_t, const int8_t *x, const int8_t *, const int32_t *, const int32_t *,
                                int8_t *y) {
    vst1q_s8(y, vload1q_s8(x));
}
