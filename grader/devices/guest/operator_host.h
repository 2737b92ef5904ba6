// A runtime with one operator in it, for counting: what it costs itself is known from a run with an empty operator. It speaks
// the interface of karui_ort.h, and whatever it cannot do ends the program.
#pragma once
#include "karui_ort.h"

enum { HOST_DIMENSIONS = 4 };

struct OrtValue {
    ONNXTensorElementDataType type;
    void *data;
    size_t dimensions;
    int64_t shape[HOST_DIMENSIONS];
};

// Computes the entry's operator. The first call registers it and makes its kernel.
void run_operator(const OrtValue *inputs, size_t count, OrtValue *output);
