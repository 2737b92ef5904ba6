/* The part of ONNX Runtime's C interface that our programs use. OrtApi is a table of functions that only grows at its end, so a
 * function is known by its place in it; the places follow the interface's documentation and were tried with 1.32.0. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct OrtStatus OrtStatus;
typedef struct OrtValue OrtValue;
typedef struct OrtSession OrtSession;

typedef struct {
    const void *const *(*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} OrtApiBase;

extern const OrtApiBase *OrtGetApiBase(void);

enum ort_place {
    GetErrorMessage = 2, CreateEnv = 3, CreateSession = 7, Run = 9, CreateSessionOptions = 10,
    SetSessionGraphOptimizationLevel = 23, SetIntraOpNumThreads = 24, SetInterOpNumThreads = 25, RegisterCustomOpsLibrary = 29,
    SessionGetInputCount = 30, SessionGetInputTypeInfo = 33, SessionGetOutputTypeInfo = 34, SessionGetInputName = 36,
    SessionGetOutputName = 37, CreateTensorWithDataAsOrtValue = 49, GetTensorMutableData = 51, CastTypeInfoToTensorInfo = 55,
    GetTensorElementType = 60, GetDimensionsCount = 61, GetDimensions = 62, GetTensorShapeElementCount = 64,
    GetTensorTypeAndShape = 65, CreateCpuMemoryInfo = 69, GetAllocatorWithDefaultOptions = 78, ReleaseValue = 96
};
