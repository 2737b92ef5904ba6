"""First attempt: quantize baseline.onnx and write entry.onnx. Change quantize() until measure.py is content.

What you may need for better attempts is prepared: `calibration` holds scenes for static quantization
(onnxruntime.quantization.quantize_static and a CalibrationDataReader that hands them out).
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import tempfile
from pathlib import Path

import numpy as np
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = Path(__file__).parent


def quantize(model: Path, entry: Path, calibration: np.ndarray) -> None:
    """Weights become int8 now; the ranges of the activations are measured at every inference.

    calibration: float32 [256, 1, 64, 64]. Dynamic quantization does not need it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(model, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, entry, weight_type=QuantType.QUInt8)


if __name__ == "__main__":
    with np.load(HERE / "calibration.npz") as data:
        quantize(HERE / "baseline.onnx", HERE / "entry.onnx", data["calibration"])
    print("wrote entry.onnx; now run: python measure.py")
