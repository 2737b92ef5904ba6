"""Post-training quantization as a solution uses it: from a float model's bytes to an entry's."""

from typing import Any

import onnx

from challenges.datasets.base import Dataset
from grader.challenge import PtqRecipe
from grader.quantization import rungs
from grader.quantization.ptq import quantize

RECIPE = PtqRecipe()


def static_int8(model: bytes, data: Dataset, recipe: PtqRecipe = RECIPE, **otherwise: Any) -> bytes:
    """Static int8, calibrated on the recipe's number of items of `data`. otherwise: as for `quantize`."""
    items = data.calibration(recipe.calibration_items)
    quantized: bytes = quantize(onnx.load_model_from_string(model), items, recipe, **otherwise).SerializeToString()
    return quantized


def dynamic_int8(model: bytes) -> bytes:
    """Weights in uint8 and no calibration: see `grader.quantization.rungs.dynamic_int8`."""
    quantized: bytes = rungs.dynamic_int8(onnx.load_model_from_string(model)).SerializeToString()
    return quantized
