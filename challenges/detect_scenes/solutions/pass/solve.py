"""Static post-training quantization of the baseline: no training, the same network in int8."""

import tempfile
from pathlib import Path

from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from challenges.datasets.base import Dataset
from grader.challenge import Float32

CALIBRATION_ITEMS = 256


class Calibration(CalibrationDataReader):
    """Hands the scenes to ONNX Runtime in batches."""

    def __init__(self, items: Float32, batch: int = 32) -> None:
        self._feeds = iter([{"input": items[at : at + batch]} for at in range(0, len(items), batch)])

    def get_next(self) -> dict[str, Float32] | None:
        """The next batch, None at the end."""
        return next(self._feeds, None)


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    with tempfile.TemporaryDirectory() as scratch:
        raw, prepared, entry = (Path(scratch) / name for name in ("raw.onnx", "prepared.onnx", "entry.onnx"))
        raw.write_bytes(baseline)
        quant_pre_process(raw, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            entry,
            Calibration(data.calibration(CALIBRATION_ITEMS)),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # keeps the sums of two products within 16 bits on CPUs without VNNI
        )
        return entry.read_bytes()
