"""ONNX Runtime, inside the sandbox: load a model, answer, and be timed. One thread, no spinning, no telemetry."""

from typing import Any

import msgspec
import numpy.typing as npt
import onnxruntime as ort

from grader.challenge import Items, TensorSpec
from grader.errors import EntryRejected
from grader.measure import inside
from grader.quantization import inspection, topology
from grader.quantization.exact import with_zero_points
from grader.sandbox.child import Call

DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
}


def options() -> ort.SessionOptions:
    """One thread and no busy waiting: what a small device does, and what can be timed."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return settings


def load(model: bytes, settings: ort.SessionOptions) -> ort.InferenceSession:
    """Start a session. Raises EntryRejected where the runtime refuses the model."""
    try:
        return ort.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as refusal:  # ONNX Runtime raises a dozen unrelated types here
        code = "opset_unsupported" if "opset" in str(refusal).lower() else "runtime_refused"
        raise EntryRejected(code, detail=str(refusal)) from refusal


class OrtSession:
    """A model loaded for measuring. `exact`: int8 products without the saturation of x86 CPUs that lack VNNI."""

    def __init__(self, model: bytes, *, exact: bool = False) -> None:
        settings = options()
        if exact:
            settings.add_session_config_entry("session.x64quantprecision", "1")
            model = with_zero_points(inspection.parse(model)).SerializeToString()
        self._session = load(model, settings)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [self._session.get_outputs()[0].name]
        first = (self._session.get_inputs()[0].shape or [None])[0]
        self.batch: int | None = first if isinstance(first, int) else None

    def run(self, batch: Items) -> npt.NDArray[Any]:
        """Outputs of one batch."""
        answer: npt.NDArray[Any] = self._session.run(self._outputs, {self._input: batch})[0]
        return answer


def check_interface(model: bytes, wanted_input: TensorSpec, wanted_output: TensorSpec) -> None:
    """Compare inputs and outputs with the challenge's. Raises EntryRejected naming the first difference."""
    session = load(model, options())
    for side, found, wanted in (
        ("input", session.get_inputs(), wanted_input),
        ("output", session.get_outputs(), wanted_output),
    ):
        if len(found) != 1:
            raise EntryRejected(f"{side}_count", found=len(found))
        _check_tensor(side, found[0], wanted)


def _check_tensor(side: str, found: Any, wanted: TensorSpec) -> None:
    dtype = DTYPES.get(found.type, found.type)
    if dtype != wanted.dtype:
        raise EntryRejected(f"{side}_dtype", found=dtype, expected=wanted.dtype)
    if not _fits(list(found.shape or []), wanted.shape):
        shown = ", ".join("batch" if size is None else str(size) for size in wanted.shape)
        raise EntryRejected(f"{side}_shape", found=", ".join(map(str, found.shape or [])), expected=shown)


def _fits(found: list[Any], wanted: tuple[int | None, ...]) -> bool:
    """A symbolic size fits anything here (the outputs themselves are checked later); the batch may be free or 1."""
    if len(found) != len(wanted):
        return False
    return all(
        not isinstance(size, int) or size == need or (need is None and size == 1)
        for size, need in zip(found, wanted, strict=True)
    )


def inspect(call: Call) -> None:
    """Task: what is inside the model, and does it fit the challenge? Answers InspectionFacts and broken rules."""
    model = call.file("model")
    proto = inspection.parse(model)
    inspection.refuse_what_cannot_be_measured(proto)
    check_interface(
        model,
        msgspec.convert(call.arguments["input"], TensorSpec),
        msgspec.convert(call.arguments["output"], TensorSpec),
    )
    inspection.refuse_foreign_weights(proto, call.arguments["weights"], call.file("reference"))
    if call.arguments["topology"] == "baseline":
        topology.refuse_other_topology(proto.graph, inspection.parse(call.file("reference")).graph)
    item = msgspec.convert(call.arguments["input"], TensorSpec).zeros()
    call.answer(msgspec.to_builtins(inspection.inspect(proto, item)))


def infer(call: Call) -> None:
    """Task: every item's outputs, by exact arithmetic and by the kernels this machine would use."""
    model = call.file("model")
    inside.infer(call, OrtSession(model, exact=True), "exact")
    inside.infer(call, OrtSession(model), "kernels")


def timing(call: Call) -> None:
    """Task: reference and entry side by side in short alternating slices."""
    inside.time_side_by_side(call, OrtSession(call.file("reference")), OrtSession(call.file("model")))
