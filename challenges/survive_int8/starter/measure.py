"""Quantize entry.onnx the way the grader will, and show what that does to accuracy and which layers are uneven."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import tempfile
from pathlib import Path

import numpy as np
import onnx
from comparing import BASELINE, CHALLENGE, ENTRY, HERE, right, validation
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

RECIPE = CHALLENGE["recipe"]
METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}


class Calibration(CalibrationDataReader):
    """Hands the calibration images to ONNX Runtime in batches."""

    def __init__(self, items: np.ndarray, batch: int = 32) -> None:
        self.feeds = iter([{"input": items[at : at + batch]} for at in range(0, len(items), batch)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch, None at the end."""
        return next(self.feeds, None)


def quantize(model: Path, quantized: Path, calibration: np.ndarray) -> None:
    """Static quantization with the challenge's own recipe."""
    prepared = quantized.with_name("prepared.onnx")
    quant_pre_process(model, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        quantized,
        Calibration(calibration[: RECIPE["calibration_items"]]),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=RECIPE["per_channel"],
        reduce_range=RECIPE["reduce_range"],
        calibrate_method=METHODS[RECIPE["calibrate"]],
    )


def show_ranges(model: onnx.ModelProto) -> None:
    """Per layer: the largest weight of its strongest output channel over that of its weakest one."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            weight = stored[node.input[1]]
            ranges = np.abs(weight.reshape(len(weight), -1)).max(1)
            spread = ranges.max() / max(ranges.min(), np.finfo(np.float32).tiny)
            print(f"  {node.name:36} {weight.shape!s:18} strongest/weakest channel {spread:10.1f}")


def main() -> None:
    """Print accuracy before and after quantization, and the ranges."""
    with np.load(HERE / "calibration.npz") as data, tempfile.TemporaryDirectory() as scratch:
        quantized = Path(scratch) / "quantized.onnx"
        quantize(ENTRY, quantized, data["calibration"])
        needed, before, after = (right(model, *validation()).mean() for model in (BASELINE, ENTRY, quantized))
    allowed = needed - CHALLENGE["max_drop"]
    print(f"accuracy in float32 {before:.4f}, after the grader's int8 {after:.4f} (needed about {allowed:.4f})")
    show_ranges(onnx.load(ENTRY))


if __name__ == "__main__":
    main()
