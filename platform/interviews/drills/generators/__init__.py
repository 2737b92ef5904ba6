"""What makes the problems: for each drill one function from a random source to a problem."""

from collections.abc import Mapping

from interviews.drills.generators import distillation, evaluation, layers, memory, power, quantization, speed
from interviews.drills.problem import Generator

GENERATORS: Mapping[str, Generator] = {
    "scale-and-zero-point": quantization.scale_and_zero_point_of_a_range,
    "quantize-and-dequantize": quantization.there_and_back,
    "per-channel": quantization.per_channel,
    "int4-groups": quantization.int4_groups,
    "convolution": layers.convolution,
    "depthwise-separable": layers.separable,
    "attention": layers.attention,
    "receptive-field": layers.field_of_a_stack,
    "roofline": speed.roofline,
    "amdahl": speed.amdahls_law,
    "camera-pipeline": speed.camera_pipeline,
    "sparsity-bitmask": memory.bitmask,
    "peak-memory": memory.peak,
    "kv-cache": memory.kv_cache,
    "battery-life": power.battery,
    "distillation-loss": distillation.loss,
    "accuracy-interval": evaluation.interval,
    "paired-models": evaluation.paired,
}
"""By the ids of drills.toml, which carries the words."""
