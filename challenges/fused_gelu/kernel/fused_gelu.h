// The contract of the operator: FusedGelu of the domain "karui", an int8 GELU whose scales are known only when it is called.
//
//   real  = (x - x_zero_point) * x_scale
//   gelu  = real * (1 + erf(real / sqrt(2))) / 2
//   y     = clip(round(gelu / y_scale) + y_zero_point, -128, 127)
//
// Inputs, in this order:
//   0  x             int8   [rows, columns]
//   1  x_scale       float  []     above 0
//   2  x_zero_point  int8   []
//   3  y_scale       float  []     above 0
//   4  y_zero_point  int8   []
// Output:
//   0  y             int8   [rows, columns]
//
// 1 <= rows * columns <= 1048576. Every call brings other scales. They are drawn so that gelu / y_scale is nowhere nearer than
// 1/1000 to the middle between two integers: careful arithmetic in float gives the same bytes as in double. Every byte has to
// be right. Buffers begin at multiples of 64; nothing beyond them may be read or written.
#pragma once
#include "karui_ort.h"

inline constexpr const char *GELU_DOMAIN = "karui", *GELU_NAME = "FusedGelu";
enum { X, X_SCALE, X_ZERO_POINT, Y_SCALE, Y_ZERO_POINT, GELU_INPUTS };
