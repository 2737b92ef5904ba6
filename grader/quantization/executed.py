"""What ONNX Runtime really executes: the graph after its own optimisation, with the types and shapes that it produced.

Runs inside the sandbox, with files in the job's own /tmp.
"""

import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import onnxruntime as ort

from grader.challenge import Items
from grader.cost.layers import contraction_macs, convolution_macs, product_macs
from grader.cost.memory import Step, peak_live_bytes
from grader.quantization.graph import LOOKUPS, attribute, is_stored, weight_inputs
from grader.report import NodeFacts

MOVES_DATA = frozenset(
    "QuantizeLinear DequantizeLinear DynamicQuantizeLinear Transpose Reshape Flatten Squeeze Unsqueeze Concat Slice"
    " Gather GatherBlockQuantized Shape Identity Cast Expand Pad Split Constant ConstantOfShape ReorderInput"
    " ReorderOutput".split()
)
MULTIPLIES = frozenset("Mul Div Pow Exp Log PRelu QuickGelu QLinearMul".split())
"""Element-wise operators with which a product can be computed."""
SQUARES = frozenset("ReduceSumSquare ReduceL2 ReduceLogSumExp GlobalLpPool".split())
"""Sums of what every element of the input was first multiplied to."""
RECURRENT = frozenset({"RNN", "GRU", "LSTM", "DynamicQuantizeLSTM"})
MULTIPLIES_NOTHING = MOVES_DATA | frozenset(
    "Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization BiasGelu BitShift"
    " BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CastLike Ceil Celu CenterCropPad Clip Compress Cos Cosh CumSum"
    " DepthToSpace Dropout Elu EmbedLayerNormalization Equal Erf EyeLike FastGelu Floor GatherElements GatherND Gelu"
    " GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Hardmax"
    " InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual LogSoftmax LpNormalization"
    " Max MaxPool Mean Min Mish Mod Neg NhwcMaxPool Not OneHot Or QLinearAdd QLinearAveragePool QLinearConcat"
    " QLinearGlobalAveragePool QLinearLeakyRelu QLinearReduceMean QLinearSigmoid QLinearSoftmax QLinearWhere Range"
    " Reciprocal ReduceL1 ReduceMax ReduceMean ReduceMin ReduceSum Relu Resize ReverseSequence Round ScatterElements"
    " ScatterND Selu Shrink Sigmoid Sign SimplifiedLayerNormalization Sin Sinh Size SkipLayerNormalization"
    " SkipSimplifiedLayerNormalization Softmax Softplus Softsign SpaceToDepth Sqrt Sub Sum Tan Tanh ThresholdedRelu"
    " Tile TopK Trilu Upsample Where Xor".split()
)
"""Operators without products, or with a fixed few for each element, which by convention are not counted."""
INTEGER_TYPES = frozenset({"int8", "uint8", "int4", "uint4"})
INTEGER_INSIDE = frozenset({"DynamicQuantizeMatMul", "DynamicQuantizeLSTM"})
"""Operators that take real numbers, quantize them and compute on integers."""
BYTES = {"double": 8, "int64": 8, "uint64": 8, "float": 4, "int32": 4, "uint32": 4} | dict.fromkeys(
    ("float16", "bfloat16", "int16", "uint16"), 2
)


MATRIX_DIMENSIONS = 2
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """Type and shape of one value at run time."""

    dtype: str
    shape: Shape

    @property
    def nbytes(self) -> int:
        """Bytes that the value occupies."""
        return BYTES.get(self.dtype, 1) * math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class ExecutedNode:
    """One kernel call: names from the optimised graph, types and shapes from the profile."""

    node: onnx.NodeProto
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """One inference at batch 1, kernel by kernel, in order. inputs: by name, the graph's own."""

    graph: onnx.GraphProto
    nodes: tuple[ExecutedNode, ...]
    inputs: Mapping[str, Tensor]


def execute(model: bytes, item: Items, level: ort.GraphOptimizationLevel) -> Execution:
    """Run the model once on `item`, batch 1, and read back the graph and the profile that ONNX Runtime wrote."""
    with tempfile.TemporaryDirectory() as scratch:
        optimised = Path(scratch) / "optimised.onnx"
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.log_severity_level = 4
        settings.graph_optimization_level = level
        settings.optimized_model_filepath = str(optimised)
        settings.enable_profiling = True
        settings.profile_file_prefix = str(Path(scratch) / "profile")
        session = ort.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        source = session.get_inputs()[0]
        session.run(None, {source.name: item})
        events = json.loads(Path(session.end_profiling()).read_text())
        given = Tensor(source.type.removeprefix("tensor(").removesuffix(")"), item.shape)
        return Execution(*_join(onnx.load_model(optimised).graph, events), {source.name: given})


def _join(graph: onnx.GraphProto, events: list[dict[str, Any]]) -> tuple[onnx.GraphProto, tuple[ExecutedNode, ...]]:
    """The graph, and its nodes as profile events tell of them, matched by name, in order of execution."""
    waiting = defaultdict(list)
    for node in graph.node:
        waiting[node.name].append(node)
    kernels = [event for event in events if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")]
    nodes = [
        ExecutedNode(
            waiting[event["name"].removesuffix("_kernel_time")].pop(0),
            _tensors(event["args"]["input_type_shape"]),
            _tensors(event["args"]["output_type_shape"]),
        )
        for event in kernels
    ]
    return graph, tuple(nodes)


def _tensors(shown: list[dict[str, list[int]]]) -> tuple[Tensor, ...]:
    return tuple(Tensor(dtype, tuple(shape)) for entry in shown for dtype, shape in entry.items())


def with_unique_names(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose nodes all have names of their own, so that the profile can be matched to them."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for position, node in enumerate(copy.graph.node):
        node.name = f"{position}:{node.name or node.op_type}"
    return copy


def own_name(node: onnx.NodeProto) -> str:
    """The name that a node had before `with_unique_names`."""
    return str(node.name.partition(":")[2] or node.name)


def node_facts(execution: Execution) -> tuple[NodeFacts, ...]:
    """Each executed kernel and whether it computed on integers."""
    return tuple(
        NodeFacts(name=item.node.name, op=item.node.op_type, precision=_precision(item)) for item in execution.nodes
    )


def _precision(item: ExecutedNode) -> str:
    if item.node.op_type in MOVES_DATA:
        return "other"
    if item.node.op_type == "MatMulNBits":
        return "int4 weights"
    integer = item.node.op_type in INTEGER_INSIDE or any(tensor.dtype in INTEGER_TYPES for tensor in item.inputs[:1])
    return "int8" if integer else "float"


def dead_qdq(execution: Execution) -> tuple[str, ...]:
    """Quantize/dequantize pairs that the runtime could not merge into an integer kernel, by their second node."""
    quantized = {item.node.output[0] for item in execution.nodes if item.node.op_type == "QuantizeLinear"}
    pairs = [item.node for item in execution.nodes if item.node.op_type == "DequantizeLinear"]
    return tuple(own_name(node) for node in pairs if node.input[0] in quantized)


def float_fallbacks(execution: Execution) -> tuple[str, ...]:
    """Kernels that computed in float although a kernel next to them, past what only moves data, is an integer one."""
    integer = {item.node.name for item in execution.nodes if _precision(item) == "int8"}
    floats = [item.node for item in execution.nodes if _precision(item) == "float"]
    if not integer:
        return ()
    before, behind = _adjacent(execution)
    return tuple(own_name(node) for node in floats if integer & (_reached(node, before) | _reached(node, behind)))


Adjacent = Mapping[str, list[onnx.NodeProto]]
"""The nodes directly before, or behind, each node."""


def _adjacent(execution: Execution) -> tuple[Adjacent, Adjacent]:
    """Before and behind each node, by its name."""
    nodes = [item.node for item in execution.nodes]
    makers = {output: node for node in nodes for output in node.output}
    before = {node.name: [makers[name] for name in node.input if name in makers] for node in nodes}
    behind: defaultdict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in nodes:
        for maker in before[node.name]:
            behind[maker.name].append(node)
    return before, behind


def _reached(start: onnx.NodeProto, adjacent: Adjacent) -> set[str]:
    """Names of the nearest computing kernels in one direction."""
    open_ends, found = [start], set()
    seen = {start.name}
    while open_ends:
        for node in adjacent[open_ends.pop().name]:
            if node.op_type not in MOVES_DATA:
                found.add(node.name)
            elif node.name not in seen:
                open_ends.append(node)
            seen.add(node.name)
    return found


def peak_activation_bytes(execution: Execution) -> int:
    """Largest sum of values alive at once, at batch 1. See `peak_live_bytes`."""
    steps = [Step(tuple(item.node.input), _written(item)) for item in execution.nodes]
    given = {name: tensor.nbytes for name, tensor in execution.inputs.items()}
    return peak_live_bytes(steps, given, [output.name for output in execution.graph.output])


def _written(item: ExecutedNode) -> dict[str, int]:
    return {name: tensor.nbytes for name, tensor in _outputs(item)}


def _outputs(item: ExecutedNode) -> Iterator[tuple[str, Tensor]]:
    """The values that a node really writes; the profile leaves out optional ones that nobody asked for."""
    return zip((name for name in item.node.output if name), item.outputs, strict=False)


def macs(execution: Execution, precision: str | None = None) -> int:
    """Multiply-accumulates of one inference, from the shapes that occurred; of kernels of one precision if it is given.

    Element-wise products count as well, one for each element: a convolution can also be written as products and sums.
    """
    shapes = _shapes(execution)
    return sum(_node_macs(item, shapes) for item in execution.nodes if precision in (None, _precision(item)))


def made_weights(execution: Execution) -> int:
    """Elements of the weights that no file stores: a node makes them at every inference, perhaps out of fewer numbers.

    They are weights because no item can have its own: those of a convolution, and matrices of two dimensions.
    """
    shapes = _shapes(execution)
    made = {
        name: math.prod(shapes[name])
        for node, name in weight_inputs(execution.graph)
        if not is_stored(name, execution.graph) and ("Conv" in node.op_type or _is_matrix(shapes[name], node))
    }
    return sum(made.values())


def _is_matrix(shape: Shape, node: onnx.NodeProto) -> bool:
    return len(shape) == MATRIX_DIMENSIONS and node.op_type not in LOOKUPS


def _shapes(execution: Execution) -> dict[str, Shape]:
    """Of every value by its name, as it occurred."""
    shapes: dict[str, Shape] = {tensor.name: tuple(tensor.dims) for tensor in execution.graph.initializer}
    shapes |= {name: tensor.shape for name, tensor in execution.inputs.items()}
    for item in execution.nodes:  # the profile does not tell of weights that the runtime has packed
        shapes |= {name: tensor.shape for name, tensor in _outputs(item)}
    return shapes


def _node_macs(item: ExecutedNode, shapes: Mapping[str, Shape]) -> int:
    """By the operator. One that is not known counts as if each output met every element of the largest input."""
    node, op = item.node, item.node.op_type
    if op in MULTIPLIES_NOTHING:
        return 0
    inputs = [shapes[name] if name else () for name in node.input]
    out = math.prod(item.outputs[0].shape)
    if op in MULTIPLIES:
        return out
    if op in SQUARES:
        return math.prod(inputs[0])
    if "ConvTranspose" in op:
        return convolution_macs(math.prod(inputs[0]), inputs[1])
    if "Conv" in op:
        return convolution_macs(out, inputs[3 if op == "QLinearConv" else 1])
    if "Gemm" in op or "MatMul" in op:
        return product_macs(out, inputs[0][-2 if attribute(node, "transA") else -1])
    if op == "Einsum":
        equation = next(part.s.decode() for part in node.attribute if part.name == "equation")
        return contraction_macs(equation, inputs)
    if op in RECURRENT:
        return math.prod(inputs[0][:2]) * (math.prod(inputs[1]) + math.prod(inputs[2]))
    return out * max(map(math.prod, inputs), default=1)
