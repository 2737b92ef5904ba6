// The contract of the kernel: a depthwise convolution of 3 x 3 with stride 1, requantized to int8, exactly.
//
//   sum(h, w, c) = bias[c] + sum over i, j < 3 of x(h + i - 1, w + j - 1, c) * weights[(3 * i + j) * channels + c]
//   y(h, w, c)   = min(127, max(-128, floor((sum(h, w, c) * multiplier[c] + 2^30) / 2^31)))
//
// x(h, w, c) is x[(h * width + w) * channels + c], and 0 where h or w lies outside of the picture (padding of 1, zero point 0).
// y has the layout of x. All of it is to be written.
//
// The product of sum and multiplier has up to 64 bits. It is rounded once, halves upwards: 2.5 becomes 3 and -2.5 becomes -2.
//
// x: every value from -128 to 127 occurs. weights: -127 to 127, never -128, as quantizers make them.
// bias: -2^24 to 2^24. multiplier: 1 to 2^31 - 1; it stands for multiplier / 2^31, the factor between the scales.
//
// 1 <= height, width <= 128, 1 <= channels <= 512, in any combination. Each buffer begins at a multiple of 64 bytes, none
// overlaps another, and nothing beyond them may be read or written.
#pragma once
#include <cstdint>

enum { DEPTHWISE_LARGEST_SIDE = 128, DEPTHWISE_MOST_CHANNELS = 512 };

extern "C" void depthwise3x3_s8(int32_t height, int32_t width, int32_t channels, const int8_t *x, const int8_t *weights,
                                const int32_t *bias, const int32_t *multiplier, int8_t *y);
