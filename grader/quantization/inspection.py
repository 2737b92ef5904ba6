"""Inside the sandbox: parse an entry, refuse what cannot be measured fairly, and list what is in it."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import onnx
import onnxruntime as ort
from google.protobuf.message import DecodeError

from grader.challenge import Items
from grader.errors import EntryRejected
from grader.quantization import executed, graph
from grader.quantization.affine import scaled_by_channel
from grader.report import InspectionFacts, LayerFacts

DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
QUANTIZED_OPS = frozenset(
    "QuantizeLinear DequantizeLinear DynamicQuantizeLinear ConvInteger MatMulInteger QGemm MatMulNBits QLinearConv"
    " QLinearMatMul QLinearAdd DynamicQuantizeMatMul".split()
)
SAME_WEIGHTS = 0.5
"""Largest distance (`scaled_by_channel`) at which weights still are the baseline's: int4 leaves about 0.1 to 0.2,
zeroing half of them about 0.3, weights of another training about 1."""
BESIDES_WEIGHTS = 8
"""How many times the baseline's biases an entry may hold besides its weights: static QDQ needs about 4 times as many
values (a scale and a zero point by channel, the same for the bias), and a network of one's own far more."""
SMALL_ELEMENTS = 64  # fewer are biases and constants of the graph, not weights


def parse(data: bytes) -> onnx.ModelProto:
    """Read the protobuf. Raises EntryRejected if it is cut off or something else."""
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise EntryRejected("not_parseable") from error
    if not model.graph.node:
        raise EntryRejected("not_parseable")
    return model


def refuse_what_cannot_be_measured(model: onnx.ModelProto) -> None:
    """Raise EntryRejected for files elsewhere, foreign operators, control flow and local functions."""
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


def refuse_foreign_weights(model: onnx.ModelProto, rule: str, reference: bytes) -> None:
    """Apply the challenge's rule about weights. Raises EntryRejected naming the first tensor that breaks it."""
    if rule == "float":
        _refuse_quantized(model.graph)
    if rule == "baseline":
        weights = [
            (node.name or node.op_type, tensor and _centred(tensor, model.graph))
            for node, tensor in graph.weighted_nodes(model.graph)
        ]
        refuse_other_weights(weights, graph.besides_weights(model.graph), reference)


def _refuse_quantized(entry: onnx.GraphProto) -> None:
    for node in entry.node:
        if node.op_type in QUANTIZED_OPS:
            raise EntryRejected("weights_not_float", where=node.name or node.op_type)
    for tensor in graph.constants(entry).values():
        if graph.element_count(tensor) >= SMALL_ELEMENTS and graph.dtype_name(tensor) != "float32":
            raise EntryRejected("weights_not_float", where=tensor.name)


def refuse_other_weights(
    weights: Iterable[tuple[str, np.ndarray | None]], besides: Mapping[str, int], reference: bytes
) -> None:
    """Raise EntryRejected unless every weight is one of the baseline's, quantized or rescaled by channel.

    weights: where each is used, and its values without zero point, [out, in, ...]; None for one that is computed.
    besides: number of stored values that no known layer uses as weights, by tensor. reference: the baseline as ONNX.
    """
    baseline = parse(reference).graph
    known = [graph.values(tensor) for _, tensor in graph.weighted_nodes(baseline) if tensor is not None]
    for where, values in weights:
        if values is None or (values.size >= SMALL_ELEMENTS and not _among(values, known)):
            raise EntryRejected("weights_not_baseline", where=where)
    _refuse_stowaways(besides, graph.besides_weights(baseline))


def _refuse_stowaways(besides: Mapping[str, int], allowed: Mapping[str, int]) -> None:
    """Values that no known layer uses as weights can still be weights: a convolution is also products and sums."""
    if sum(besides.values()) > BESIDES_WEIGHTS * sum(allowed.values()):
        raise EntryRejected("weights_not_baseline", where=max(besides, key=besides.__getitem__))


def _centred(tensor: onnx.TensorProto, entry: onnx.GraphProto) -> np.ndarray:
    """Stored weights with their zero point taken off; the scale does not matter to the comparison."""
    stored = graph.values(tensor).astype(np.float64)
    point = graph.zero_point(tensor.name, entry)
    if point is None:
        return stored
    zero = graph.values(point).astype(np.float64)
    return stored - (zero.reshape(-1, *[1] * (stored.ndim - 1)) if zero.ndim else zero)


def _among(weights: np.ndarray, known: list[np.ndarray]) -> bool:
    candidates = [weights, weights.T] if weights.ndim == 2 else [weights]
    return any(
        form.shape == original.shape and scaled_by_channel(form, original) <= SAME_WEIGHTS
        for form in candidates
        for original in known
    )


def inspect(model: onnx.ModelProto, item: Items) -> InspectionFacts:
    """List what the model holds and what the runtime makes of it. item: any one, batch 1."""
    named = executed.with_unique_names(model).SerializeToString()
    run = executed.execute(named, item, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
    portable = executed.execute(named, item, ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    stored = graph.constants(model.graph).values()
    return InspectionFacts(
        opset=max((item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), default=0),
        parameters=max(graph.parameters(model.graph), graph.parameters(portable.graph)),
        nonzero_parameters=sum(int(np.count_nonzero(graph.values(tensor))) for tensor in stored),
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
    return tuple(
        LayerFacts(
            name=tensor.name,
            op=node.op_type,
            dtype=graph.dtype_name(tensor),
            bits=graph.element_bits(tensor),
            elements=graph.element_count(tensor),
            zeros=graph.element_count(tensor) - int(np.count_nonzero(graph.values(tensor))),
        )
        for node, tensor in graph.weighted_nodes(entry)
        if tensor is not None
    )
