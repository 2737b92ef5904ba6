"""Inside the sandbox: parse an entry, refuse what cannot be measured fairly, and list what is in it."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime as ort
from google.protobuf.message import DecodeError

from grader.challenge import Items
from grader.errors import EntryRejected
from grader.quantization import executed, graph
from grader.quantization.baseline_weights import refuse_other_weights, weights_of
from grader.quantization.fixed_cost import refuse_changing_cost
from grader.report import InspectionFacts, LayerFacts

DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
QUANTIZED_OPS = frozenset(
    "QuantizeLinear DequantizeLinear DynamicQuantizeLinear ConvInteger MatMulInteger QGemm MatMulNBits QLinearConv"
    " QLinearMatMul QLinearAdd DynamicQuantizeMatMul".split()
)

WIDE = frozenset("UNDEFINED FLOAT DOUBLE INT32 INT64 UINT32 UINT64 BOOL STRING COMPLEX64 COMPLEX128".split())
NARROW = frozenset(kind for name, kind in onnx.TensorProto.DataType.items() if name not in WIDE)
"""Element types of fewer than 32 bits that can hold a number."""

SHAPES_AND_INDICES, INDICES_PER_REAL = 4 * graph.SMALL_ELEMENTS, 0.05
"""How many integers all small tensors of a float model may hold together: in small pieces weights are weights, too."""


def parse(data: bytes) -> onnx.ModelProto:
    """Read the protobuf. Raises EntryRejected if it is cut off, something else, or not in the order that ONNX wants."""
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise EntryRejected("not_parseable") from error
    if not model.graph.node or not graph.is_sorted(model.graph):
        raise EntryRejected("not_parseable")
    return model


def refuse_what_cannot_be_measured(model: onnx.ModelProto) -> None:
    """Raise EntryRejected for files elsewhere, foreign operators, control flow, local functions and varying cost."""
    for tensor in graph.constants(model.graph).values():
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise EntryRejected("external_data", tensor=tensor.name)
    if model.functions:
        raise EntryRejected("local_functions")
    for node in model.graph.node:
        if node.domain not in DOMAINS:
            raise EntryRejected("custom_operator", operator=node.op_type, domain=node.domain)
        if any(item.HasField("g") or item.graphs for item in node.attribute):
            raise EntryRejected("control_flow", operator=node.op_type)
    refuse_changing_cost(model.graph)


def refuse_foreign_weights(model: onnx.ModelProto, rule: str, reference: bytes) -> None:
    """Apply the challenge's rule about weights. Raises EntryRejected naming the first tensor that breaks it."""
    if rule == "float":
        _refuse_quantized(model.graph)
    if rule == "baseline":
        entry = model.graph
        refuse_other_weights(weights_of(entry), graph.besides_weights(entry), parse(reference).graph)


def _refuse_quantized(entry: onnx.GraphProto) -> None:
    for node in entry.node:
        if node.op_type in QUANTIZED_OPS or any(map(_narrows, node.attribute)):
            raise EntryRejected("weights_not_float", where=node.name or node.op_type)
    stored = graph.constants(entry)
    others = {name: tensor for name, tensor in stored.items() if graph.dtype_name(tensor) != "float32"}
    counts = {name: graph.element_count(tensor) for name, tensor in others.items()}
    for name, tensor in others.items():
        if tensor.data_type in NARROW or counts[name] >= graph.SMALL_ELEMENTS:
            raise EntryRejected("weights_not_float", where=name)
    reals = sum(map(graph.element_count, stored.values())) - sum(counts.values())
    if sum(counts.values()) > SHAPES_AND_INDICES + reals * INDICES_PER_REAL:
        raise EntryRejected("weights_not_float", where=max(counts, key=counts.__getitem__))


def _narrows(attribute: onnx.AttributeProto) -> bool:
    """Whether an operator makes numbers of fewer than 32 bits, in which weights or activations could be kept."""
    names_a_type = attribute.name in ("to", "dtype", "output_dtype") and attribute.i in NARROW
    return names_a_type or (attribute.HasField("t") and attribute.t.data_type in NARROW)


def inspect(model: onnx.ModelProto, item: Items) -> InspectionFacts:
    """List what the model holds and what the runtime makes of it. item: any one, batch 1."""
    named = executed.with_unique_names(model).SerializeToString()
    run = executed.execute(named, item, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
    portable = executed.execute(named, item, ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    stored = graph.unpacked(model.graph).values()
    return InspectionFacts(
        opset=max((item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), default=0),
        parameters=max(
            graph.parameters(model.graph), graph.parameters(portable.graph) + executed.made_weights(portable)
        ),
        nonzero_parameters=sum(int(np.count_nonzero(array)) for array in stored),
        macs=executed.macs(portable),
        int8_macs=executed.macs(portable, "int8"),
        size_bytes=len(graph.canonical_bytes(model)),
        bytes_by_dtype=_bytes_by_dtype(model.graph),
        elements_by_dtype=_elements_by_dtype(model.graph),
        memory_bytes=executed.peak_activation_bytes(portable),
        layers=_layers(model.graph),
        nodes=executed.node_facts(run),
        dead_qdq=len(executed.dead_qdq(run)),
    )


def _bytes_by_dtype(entry: onnx.GraphProto) -> dict[str, int]:
    total: Counter[str] = Counter()
    for tensor in graph.constants(entry).values():
        total[graph.dtype_name(tensor)] += -(-graph.element_count(tensor) * graph.element_bits(tensor) // 8)
    return dict(total.most_common())


def _elements_by_dtype(entry: onnx.GraphProto) -> dict[str, int]:
    """Counted over everything stored, not over known operators, so that no operator can hide weights."""
    total: Counter[str] = Counter()
    for tensor in graph.constants(entry).values():
        total[graph.dtype_name(tensor)] += graph.element_count(tensor)
    return dict(total.most_common())


def _layers(entry: onnx.GraphProto) -> tuple[LayerFacts, ...]:
    arrays, packed = graph.unpacked(entry), graph.packed_bits(entry)
    return tuple(
        LayerFacts(
            name=tensor.name,
            op=node.op_type,
            dtype=f"uint{packed[tensor.name]}" if tensor.name in packed else graph.dtype_name(tensor),
            bits=packed.get(tensor.name, graph.element_bits(tensor)),
            elements=arrays[tensor.name].size,
            zeros=int((arrays[tensor.name] == 0).sum()),
        )
        for node, tensor in graph.weighted_nodes(entry)
        if tensor is not None
    )
