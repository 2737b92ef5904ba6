"""Signed activations, symmetric about zero, which is what many tools do by default."""

from onnxruntime.quantization import QuantType

from challenges.datasets.base import Dataset
from challenges.ptq import static_int8
from grader.challenge import PtqRecipe

ALL_BITS = PtqRecipe(reduce_range=False)
SYMMETRIC = {"ActivationSymmetric": True}


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    return static_int8(baseline, data, ALL_BITS, activation_type=QuantType.QInt8, extra_options=SYMMETRIC)
