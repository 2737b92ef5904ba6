"""First attempt: quantize baseline.onnx and write entry.onnx. Accuracy holds, but neither target is met.

The next step is a smaller network: train.py makes one, and `python quantize.py student.onnx` quantizes that.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import sys
import tempfile
from pathlib import Path

import numpy as np
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = Path(__file__).parent


class Calibration(CalibrationDataReader):
    """Hands the pictures to ONNX Runtime in batches."""

    def __init__(self, items: np.ndarray, batch: int = 32) -> None:
        self.feeds = iter([{"input": items[at : at + batch]} for at in range(0, len(items), batch)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch, None at the end."""
        return next(self.feeds, None)


def quantize(model: Path, entry: Path, calibration: np.ndarray) -> None:
    """Static quantization: uint8 activations whose ranges come from `calibration`, int8 weights.

    calibration: float32 [256, 1, 28, 28].
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            entry,
            Calibration(calibration),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )


if __name__ == "__main__":
    with np.load(HERE / "calibration.npz") as data:
        quantize(HERE / (sys.argv[1:] or ["baseline.onnx"])[0], HERE / "entry.onnx", data["calibration"])
    print("wrote entry.onnx; now run: python measure.py")
