"""The figures of the guide's worked examples, computed by the arithmetic that grades. None is typed in."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from challenges.registry import catalogue
from grader.quantization.affine import dequantize, quantize, scale_and_zero_point, sqnr_db, symmetric_scale
from grader.quantization.distillation import distillation_loss, softmax
from grader.quantization.packing import grouped_size

REAL_MODEL = "int8_fashion"
ROWS = COLUMNS = 4096  # a projection of a small language model
GROUP_SIZES = (32, 128)
TEACHER = np.array([5.0, 2.0, 1.0])
STUDENT = np.array([3.0, 2.5, 0.5])
LABEL = 0
TEMPERATURE = 4.0
ALPHA = 0.7
MIB = 2**20
Weights = npt.NDArray[np.float32]


def worked_figures() -> Mapping[str, str]:
    """All of them, by the name that chapters use."""
    name, weights = first_convolution()
    return {**affine(name, weights), **per_channel(weights), **int4(), **distilled()}


def first_convolution() -> tuple[str, Weights]:
    """Name and weights, [out, in, height, width], of the first convolution of a challenge's baseline: a real tensor."""
    graph = onnx.load(catalogue()[REAL_MODEL].baseline_path).graph
    name = next(node for node in graph.node if node.op_type == "Conv").input[1]
    return name, numpy_helper.to_array(next(tensor for tensor in graph.initializer if tensor.name == name))


def affine(name: str, weights: Weights) -> Mapping[str, str]:
    """One scale and one zero point for the whole tensor, uint8; and the way of its first value, there and back."""
    low, high = float(weights.min()), float(weights.max())
    scale, zero_point = scale_and_zero_point(low, high)
    value = float(weights.flat[0])
    q = quantize(np.array(value), np.array(scale), np.array(zero_point), signed=False)
    back = float(dequantize(q, np.array(scale), np.array(zero_point)))
    return {
        "affine.tensor": name,
        "affine.shape": "×".join(map(str, weights.shape)),
        "affine.elements": str(weights.size),
        "affine.low": signed(low),
        "affine.high": signed(high),
        "affine.scale": f"{scale:.5f}",
        "affine.zero_point": str(zero_point),
        "affine.value": signed(value),
        "affine.q": str(int(q)),
        "affine.restored": signed(back),
        "affine.error": f"{abs(back - value):.5f}",
        "affine.half_step": f"{scale / 2:.5f}",
    }


def per_channel(weights: Weights) -> Mapping[str, str]:
    """One symmetric int8 scale for all output channels, against one for each."""
    whole = symmetric_scale(np.abs(weights).max())
    each = symmetric_scale(np.abs(weights).max(axis=(1, 2, 3), keepdims=True))
    tensor_db, channel_db = (sqnr_db(weights, symmetric(weights, scale)) for scale in (whole, each))
    return {
        "channels.count": str(weights.shape[0]),
        "channels.tensor_scale": f"{float(whole):.5f}",
        "channels.smallest_scale": np.format_float_positional(each.min(), precision=3, fractional=False),
        "channels.largest_scale": f"{each.max():.5f}",
        "channels.ratio": f"{each.max() / each.min():.1f}",
        "channels.tensor_sqnr_db": f"{tensor_db:.1f}",
        "channels.channel_sqnr_db": f"{channel_db:.1f}",
        "channels.gain_db": f"{channel_db - tensor_db:.1f}",
    }


def symmetric(weights: Weights, scale: npt.NDArray[np.float64]) -> Weights:
    """The tensor after symmetric quantization and back."""
    no_offset = np.array(0)
    return dequantize(quantize(weights, scale, no_offset), scale, no_offset)


def int4() -> Mapping[str, str]:
    """A square matrix in four bits, with float16 scales for groups of two sizes."""
    sizes = {size: grouped_size(ROWS, COLUMNS, bits=4, group_size=size) for size in GROUP_SIZES}
    elements = ROWS * COLUMNS
    figures = {
        "int4.rows": str(ROWS),
        "int4.columns": str(COLUMNS),
        "int4.elements": f"{elements:,}",
        "int4.float32_mib": mib(4 * elements),
        "int4.int8_mib": mib(elements),
        "int4.payload_mib": mib(sizes[GROUP_SIZES[0]].payload_bytes),
    }
    for group, size in sizes.items():
        figures |= {
            f"int4.g{group}_scales_mib": f"{size.scale_bytes / MIB:.2f}",
            f"int4.g{group}_total_mib": f"{size.total_bytes / MIB:.2f}",
            f"int4.g{group}_bits": f"{size.bits_per_weight:g}",
            f"int4.g{group}_ratio": f"{4 * elements / size.total_bytes:.2f}",
        }
    return figures


def distilled() -> Mapping[str, str]:
    """The distillation loss of one example with three classes."""
    loss = distillation_loss(TEACHER, STUDENT, LABEL, temperature=TEMPERATURE, alpha=ALPHA)
    return {
        "kd.teacher_logits": listed(TEACHER, 1),
        "kd.student_logits": listed(STUDENT, 1),
        "kd.temperature": f"{TEMPERATURE:g}",
        "kd.alpha": f"{ALPHA:g}",
        "kd.teacher_cold": listed(softmax(TEACHER), 3),
        "kd.teacher_warm": listed(softmax(TEACHER, TEMPERATURE), 3),
        "kd.student_cold": listed(softmax(STUDENT), 3),
        "kd.student_warm": listed(softmax(STUDENT, TEMPERATURE), 3),
        "kd.kl": f"{loss.kl:.4f}",
        "kd.scaled_kl": f"{loss.soft:.4f}",
        "kd.hard_loss": f"{loss.hard:.4f}",
        "kd.total": f"{loss.total:.4f}",
    }


def listed(values: Sequence[float] | npt.NDArray[np.float64], decimals: int) -> str:
    """Numbers side by side."""
    return ", ".join(f"{value:.{decimals}f}" for value in values)


def signed(value: float) -> str:
    """A real number with a true minus sign."""
    return f"{value:.4f}".replace("-", "−")


def mib(size_bytes: int) -> str:
    """Bytes in MiB, one decimal."""
    return f"{size_bytes / MIB:.1f}"
