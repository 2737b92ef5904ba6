/* What the harness and a challenge's own part of it (call.cpp) agree on. */
#pragma once
#include <stdint.h>

struct Head {
    uint32_t cases, output_bytes;
};

struct Case {
    int32_t sizes[8]; /* what they mean is the challenge's */
    uint32_t input_at, output_at; /* multiples of 64 */
};

#ifdef __cplusplus
/* Calls the entry's kernel on one case. */
void call_kernel(const int32_t *sizes, const uint8_t *input, uint8_t *output);
#endif
