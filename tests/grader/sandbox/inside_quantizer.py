"""A task that writes files, for the scratch lock: ONNX Runtime's quantizer works through temporary files."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from grader.sandbox.child import Call


class Samples(CalibrationDataReader):  # type: ignore[misc]
    """The calibration tensor, item by item."""

    def __init__(self, samples: Any) -> None:
        self._feeds: Iterator[dict[str, Any]] = iter([{"x": samples[i : i + 1]} for i in range(len(samples))])

    def get_next(self) -> dict[str, Any] | None:
        """The next item."""
        return next(self._feeds, None)


def quantize(call: Call) -> None:
    """Quantize the file "model" to QDQ int8 and hand it back as the blob."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.onnx").write_bytes(call.file("model"))
        quant_pre_process(folder / "in.onnx", folder / "prepared.onnx", skip_symbolic_shape=True)
        quantize_static(
            folder / "prepared.onnx",
            folder / "out.onnx",
            Samples(call.tensors["samples"]),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
        call.blob((folder / "out.onnx").read_bytes())


def dump_optimized(call: Call) -> None:
    """Hand back the graph that ONNX Runtime would really execute; it writes that to a file."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.optimized_model_filepath = "/tmp/optimized.onnx"
    ort.InferenceSession(call.file("model"), settings, providers=["CPUExecutionProvider"])
    call.blob(Path("/tmp/optimized.onnx").read_bytes())
