"""Inside the sandbox: does an entry still have the baseline's topology? Channels may be fewer, layers may not."""

from collections import Counter
from collections.abc import Mapping

import onnx

from grader.errors import EntryRejected
from grader.quantization import graph
from grader.quantization.baseline_weights import BESIDES_WEIGHTS
from grader.quantization.executed import MULTIPLIES, MULTIPLIES_NOTHING

Shape = tuple[str, ...]
CONVOLUTIONS = frozenset({"Conv", "FusedConv", "ConvInteger", "QLinearConv"})
SUMS = frozenset({"Add", "Sum", "QLinearAdd"})


def refuse_other_topology(entry: onnx.GraphProto, baseline: onnx.GraphProto) -> None:
    """Raise EntryRejected unless layers and residual sums are the baseline's, whatever their widths and types."""
    found, wanted = _layers(entry), _layers(baseline)
    for kind in (wanted - found) or (found - wanted):
        raise EntryRejected("topology_changed", layer=" ".join(kind), found=found[kind], expected=wanted[kind])
    _refuse_hidden_layers(graph.besides_weights(entry), graph.besides_weights(baseline))


def _refuse_hidden_layers(besides: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """A layer can be written as products of whole tensors, and then its weights are in no layer."""
    found, expected = sum(besides.values()), sum(wanted.values())
    if found > BESIDES_WEIGHTS * expected:
        raise EntryRejected("topology_changed", layer="value outside layers", found=found, expected=expected)


def _layers(network: onnx.GraphProto) -> Counter[Shape]:
    """How often each kind of layer occurs among the nodes that the output depends on."""
    kinds = [_kind(node, network) for node in graph.live_nodes(network)]
    return Counter(kind for kind in kinds if kind)


def _kind(node: onnx.NodeProto, network: onnx.GraphProto) -> Shape | None:
    """What a node is for the comparison; None for one that does not matter to it."""
    if node.op_type in CONVOLUTIONS:
        weight = graph.weight_source(node.input[graph.WEIGHT_INPUT[node.op_type]], network)
        kernel = "?" if weight is None else "x".join(map(str, weight.dims[2:]))
        stride = next((item.ints[0] for item in node.attribute if item.name == "strides"), 1)
        return "convolution", kernel, f"stride {stride}", "grouped" if _groups(node) > 1 else "dense"
    if node.op_type in SUMS and not any(graph.is_stored(name, network) for name in node.input if name):
        return ("residual sum",)
    if node.op_type in graph.WEIGHT_INPUT:
        return ("product",)
    return None if node.op_type in MULTIPLIES | MULTIPLIES_NOTHING else ("operator", node.op_type)


def _groups(node: onnx.NodeProto) -> int:
    return next((int(item.i) for item in node.attribute if item.name == "group"), 1)
