"""Post-training quantization that the grader applies itself, inside the sandbox, where a challenge says so."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from grader.challenge import Items, PtqRecipe
from grader.errors import EntryRejected
from grader.sandbox.child import Call

BATCH = 32
METHODS: Mapping[str, CalibrationMethod] = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}


class Batches(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """The calibration set, a batch at a time, in the form that ONNX Runtime asks for."""

    def __init__(self, name: str, items: Items) -> None:
        self._batches = iter([{name: items[at : at + BATCH]} for at in range(0, len(items), BATCH)])

    def get_next(self) -> dict[str, Any] | None:
        """The next batch, None at the end."""
        return next(self._batches, None)


def quantize(model: onnx.ModelProto, items: Items, recipe: PtqRecipe, **otherwise: Any) -> onnx.ModelProto:
    """Static PTQ in QDQ form: activations uint8, weights int8. items: float32 [calibration items, ...].

    `reduce_range` keeps weights to 7 bits, so that x86 CPUs without VNNI do not saturate int16 sums.
    otherwise: arguments of ONNX Runtime's quantize_static in place of what is said here.
    """
    arguments: dict[str, Any] = {
        "quant_format": QuantFormat.QDQ,
        "activation_type": QuantType.QUInt8,
        "weight_type": QuantType.QInt8,
        "per_channel": recipe.per_channel,
        "reduce_range": recipe.reduce_range,
        "calibrate_method": METHODS[recipe.calibrate],
    }
    with tempfile.TemporaryDirectory() as scratch:
        prepared, quantized = Path(scratch) / "prepared.onnx", Path(scratch) / "quantized.onnx"
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        quantize_static(prepared, quantized, Batches(model.graph.input[0].name, items), **arguments | otherwise)
        return onnx.load_model(quantized)


def run(call: Call) -> None:
    """Task: quantize `model` with the challenge's recipe on `call.tensors["calibration"]`; the blob is the result."""
    recipe = msgspec.convert(call.arguments["recipe"], PtqRecipe)
    model = onnx.load_model_from_string(call.file("model"))
    try:
        result = quantize(model, call.tensors["calibration"], recipe)
    except MemoryError:
        raise
    except Exception as error:  # the quantizer has no error type of its own
        raise EntryRejected("quantizer_refused", detail=str(error)) from error
    call.blob(result.SerializeToString())
    call.answer({})
