// What the harness costs by itself is measured with this kernel, and taken off every entry's count.
#include "depthwise.h"

extern "C" void depthwise3x3_s8(int32_t, int32_t, int32_t, const int8_t *, const int8_t *, const int32_t *, const int32_t *,
                                int8_t *) {}
