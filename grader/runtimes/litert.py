"""LiteRT, inside the sandbox: read a .tflite, answer, and be timed. One thread.

XNNPACK answers and is timed, as LiteRT chooses by default. Its int8 sums have 32 bits on every CPU, so nothing
saturates and there is no more exact way to run a model: accuracy by exact arithmetic and by the kernels are the same.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from grader.challenge import Float32, Items, TensorSpec
from grader.cost.layers import convolution_macs, product_macs
from grader.cost.memory import Step, peak_live_bytes
from grader.errors import EntryRejected
from grader.measure import inside
from grader.quantization import inspection, tflite
from grader.quantization.baseline_weights import refuse_other_weights
from grader.quantization.graph import SMALL_ELEMENTS
from grader.report import InspectionFacts, LayerFacts, NodeFacts
from grader.sandbox.child import Call

CHANNELS_LAST = (0, 2, 3, 1)
MOVES_DATA = frozenset(
    "QUANTIZE DEQUANTIZE RESHAPE TRANSPOSE CONCATENATION PAD PADV2 MIRROR_PAD SLICE STRIDED_SLICE GATHER GATHER_ND CAST"
    " SQUEEZE EXPAND_DIMS SPLIT SPLIT_V PACK UNPACK SHAPE TILE BROADCAST_TO SPACE_TO_DEPTH DEPTH_TO_SPACE".split()
)


def load(model: bytes, kernels: OpResolverType = OpResolverType.AUTO) -> Interpreter:
    """Start an interpreter. Raises EntryRejected where the runtime refuses the model."""
    try:
        interpreter = Interpreter(model_content=model, num_threads=1, experimental_op_resolver_type=kernels)
        interpreter.allocate_tensors()
    except MemoryError:
        raise
    except Exception as refusal:  # ValueError or RuntimeError, by no rule that is written down
        raise EntryRejected("runtime_refused", detail=str(refusal)) from refusal
    return interpreter


class LiteRtSession:
    """A model loaded for measuring: real numbers in and out in ONNX's layout, whatever the file's own input is.

    An int8 input is filled by its scale and zero point, an int8 output read by them; [1, height, width, channels] is
    as welcome as [1, channels, height, width].
    """

    batch: int | None = 1

    def __init__(self, model: bytes, item: tuple[int, ...]) -> None:
        """item: shape of one input in the challenge's layout, with its batch of 1."""
        self._interpreter = load(model)
        self._input, self._output = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        self._turned = tuple(self._input["shape"]) != item

    def run(self, batch: Items) -> npt.NDArray[Any]:
        """Outputs of one item, [1, ...]."""
        item = batch.transpose(CHANNELS_LAST) if self._turned else batch
        self._interpreter.set_tensor(self._input["index"], _stored(item, self._input))
        self._interpreter.invoke()
        found: npt.NDArray[Any] = self._interpreter.get_tensor(self._output["index"])
        return _real(found, self._output)


def _stored(item: npt.NDArray[Any], details: dict[str, Any]) -> npt.NDArray[Any]:
    """Real values as the tensor holds them: q = clip(rint(x / scale) + zero_point)."""
    dtype, (scale, zero_point) = details["dtype"], details["quantization"]
    if not scale:
        return item.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    stored: npt.NDArray[Any] = np.clip(np.rint(item / np.float32(scale)) + zero_point, limits.min, limits.max)
    return stored.astype(dtype)


def _real(found: npt.NDArray[Any], details: dict[str, Any]) -> npt.NDArray[Any]:
    scale, zero_point = details["quantization"]
    if not scale:
        return found
    real: Float32 = (found.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
    return real


def check_interface(interpreter: Interpreter, wanted_input: TensorSpec, wanted_output: TensorSpec) -> None:
    """Compare inputs and outputs with the challenge's. Raises EntryRejected naming the first difference."""
    for side, found, wanted in (
        ("input", interpreter.get_input_details(), wanted_input),
        ("output", interpreter.get_output_details(), wanted_output),
    ):
        if len(found) != 1:
            raise EntryRejected(f"{side}_count", found=len(found))
        _check_dtype(side, found[0], wanted)
        _check_shape(side, tuple(int(size) for size in found[0]["shape"]), wanted)


def _check_dtype(side: str, found: dict[str, Any], wanted: TensorSpec) -> None:
    """The challenge's own type, or integers: with a scale where it wants real numbers."""
    dtype, integer = np.dtype(found["dtype"]), np.issubdtype(found["dtype"], np.integer)
    real = np.issubdtype(np.dtype(wanted.dtype), np.floating)
    if dtype != wanted.dtype and not (integer and bool(found["quantization"][0]) == real):
        raise EntryRejected(f"{side}_dtype", found=str(dtype), expected=wanted.dtype)


def _check_shape(side: str, found: tuple[int, ...], wanted: TensorSpec) -> None:
    shape = wanted.batched(1)
    accepted = {shape}
    if side == "input" and len(shape) == len(CHANNELS_LAST):
        accepted.add(tuple(shape[axis] for axis in CHANNELS_LAST))
    if found not in accepted:
        raise EntryRejected(f"{side}_shape", found=", ".join(map(str, found)), expected=", ".join(map(str, shape)))


def refuse_foreign_weights(found: tflite.Graph, rule: str, reference: bytes) -> None:
    """Apply the challenge's rule about weights. Raises EntryRejected naming the first tensor that breaks it.

    reference: the baseline as ONNX; "float" and "baseline" mean what they mean for an ONNX entry.
    """
    if rule == "float":
        _refuse_quantized(found)
    if rule == "baseline":
        refuse_other_weights(
            [
                (operator.name, None if tensor is None else tflite.weights_as_onnx(operator, tensor))
                for operator, tensor in found.weighted()
            ],
            tflite.besides_weights(found),
            inspection.parse(reference).graph,
        )


def _refuse_quantized(found: tflite.Graph) -> None:
    for tensor in found.tensors:
        large = tensor.stored and tensor.elements >= SMALL_ELEMENTS
        if tensor.scales.size or (large and tensor.dtype != "float32"):
            raise EntryRejected("weights_not_float", where=tensor.name or str(tensor.index))


def inspect(call: Call) -> None:
    """Task: what is inside the model, and does it fit the challenge? Answers InspectionFacts and broken rules."""
    data = call.file("model")
    model = tflite.parse(data)
    tflite.refuse_what_cannot_be_measured(model)
    found = tflite.graph(model)
    tflite.refuse_sizes_from_values(found)
    interpreter = load(data, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)  # operators as they stand in the file
    wanted = msgspec.convert(call.arguments["input"], TensorSpec), msgspec.convert(call.arguments["output"], TensorSpec)
    check_interface(interpreter, *wanted)
    refuse_foreign_weights(found, call.arguments["weights"], call.file("reference"))
    call.answer(msgspec.to_builtins(facts(found, executed_shapes(interpreter), data)))


def executed_shapes(interpreter: Interpreter) -> dict[int, tuple[int, ...]]:
    """Shape of every tensor after one inference: the runtime's own, whatever the file claims."""
    interpreter.invoke()
    return {item["index"]: tuple(int(size) for size in item["shape"]) for item in interpreter.get_tensor_details()}


def facts(found: tflite.Graph, shapes: dict[int, tuple[int, ...]], data: bytes) -> InspectionFacts:
    """List what the model holds. Operators run as they stand in the file, so the graph is the executed one."""
    stored = found.constants()
    nodes = tuple(
        NodeFacts(name=f"{at}:{operator.name}", op=operator.name, precision=precision(operator, found))
        for at, operator in enumerate(found.operators)
    )
    products = [macs(operator, shapes) for operator in found.operators]
    return InspectionFacts(
        opset=3,  # the version of the format's schema
        parameters=sum(tensor.elements for tensor in stored),
        nonzero_parameters=sum(int(np.count_nonzero(tensor.values())) for tensor in stored),
        macs=sum(products),
        int8_macs=sum(count for count, node in zip(products, nodes, strict=True) if node.precision.startswith("int")),
        size_bytes=len(tflite.canonical_bytes(data)),
        bytes_by_dtype=_by_dtype((tensor.dtype, tensor.nbytes) for tensor in stored),
        elements_by_dtype=_by_dtype((tensor.dtype, tensor.elements) for tensor in stored),
        memory_bytes=peak_activation_bytes(found, shapes),
        layers=_layers(found),
        nodes=nodes,
        dead_qdq=dead_qdq(found),
    )


def macs(operator: tflite.Operator, shapes: dict[int, tuple[int, ...]]) -> int:
    """Multiply-accumulates of one operator at batch 1; 0 for what is neither convolution nor product."""
    if operator.name not in tflite.WEIGHT_INPUT:
        return 0
    out = int(np.prod(shapes[operator.outputs[0]], dtype=np.int64))
    weight = shapes[operator.inputs[1]]
    match operator.name:
        case "CONV_2D":
            return convolution_macs(out, weight)
        case "DEPTHWISE_CONV_2D":
            return convolution_macs(out, weight[:3])  # [1, height, width, out]
        case "TRANSPOSE_CONV":
            return convolution_macs(int(np.prod(shapes[operator.inputs[2]], dtype=np.int64)), (0, *weight[:3]))
    return product_macs(out, shapes[operator.inputs[0]][-1])


def precision(operator: tflite.Operator, found: tflite.Graph) -> str:
    """On what an operator computes. With float inputs and integer weights LiteRT quantizes the inputs as it runs."""
    if operator.name in MOVES_DATA or not operator.inputs:
        return "other"
    types = [found.tensors[index].dtype for index in operator.inputs[:2]]
    weighted = operator.name in tflite.WEIGHT_INPUT
    deciding = types[-1] if weighted else types[0]
    if "int" not in deciding:
        return "float"
    return "int16" if types[0] == "int16" else "int8"


def dead_qdq(found: tflite.Graph) -> int:
    """DEQUANTIZE right behind a QUANTIZE: rounding that no integer kernel uses."""
    quantized = {operator.outputs[0] for operator in found.operators if operator.name == "QUANTIZE"}
    return sum(operator.name == "DEQUANTIZE" and operator.inputs[0] in quantized for operator in found.operators)


def peak_activation_bytes(found: tflite.Graph, shapes: dict[int, tuple[int, ...]]) -> int:
    """Largest sum of values alive at once, at batch 1. See `peak_live_bytes`."""

    def sized(indices: tuple[int, ...]) -> dict[str, int]:
        return {
            str(index): -(-int(np.prod(shapes[index], dtype=np.int64)) * found.tensors[index].bits // 8)
            for index in indices
            if not found.tensors[index].stored
        }

    steps = [Step(tuple(sized(operator.inputs)), sized(operator.outputs)) for operator in found.operators]
    return peak_live_bytes(steps, sized(found.inputs), [str(index) for index in found.outputs])


def _by_dtype(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for dtype, amount in amounts:
        total[dtype] += amount
    return dict(total.most_common())


def _layers(found: tflite.Graph) -> tuple[LayerFacts, ...]:
    return tuple(
        LayerFacts(
            name=tensor.name,
            op=operator.name,
            dtype=tensor.dtype,
            bits=tensor.bits,
            elements=tensor.elements,
            zeros=tensor.elements - int(np.count_nonzero(tensor.centred())),
        )
        for operator, tensor in found.weighted()
        if tensor is not None
    )


def infer(call: Call) -> None:
    """Task: every item's outputs. LiteRT's kernels are exact."""
    inside.infer(call, LiteRtSession(call.file("model"), (1, *call.tensors["inputs"].shape[1:])), "exact")
    call.outputs["kernels"][...] = call.outputs["exact"]


def timing(call: Call) -> None:
    """Task: reference and entry side by side in short alternating slices."""
    item = (1, *call.tensors["inputs"].shape[1:])
    reference, entry = (LiteRtSession(call.file(name), item) for name in ("reference", "model"))
    inside.time_side_by_side(call, reference, entry)
