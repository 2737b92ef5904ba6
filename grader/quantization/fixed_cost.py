"""Inside the sandbox: refuse a graph whose bytes or work cannot be told from one run, because they vary or hide.

Fewest times and one profile stand for every inference. That is fair only where every inference does the same.
"""

from collections.abc import Iterator, Mapping

import onnx

from grader.errors import EntryRejected
from grader.quantization import graph

SHAPE_INPUT: Mapping[str, int] = dict.fromkeys(
    "BlackmanWindow ConstantOfShape HammingWindow HannWindow MelWeightMatrix NonMaxSuppression NonZero Range"
    " Unique".split(),
    0,
) | dict.fromkeys(
    "AffineGrid CenterCropPad Col2Im Compress DFT Expand ExpandDims OneHot Pad Reshape Resize STFT Slice Split"
    " Squeeze Tile TopK UnfoldTensor Unsqueeze Upsample MaxUnpool".split(),
    1,
)
"""From which input on the values decide about the shape of what an operator makes."""

MAKES_SHAPES = frozenset({"Shape", "Size"})
NOT_TENSORS = ("Sequence", "SplitToSequence", "ConcatFromSequence", "Optional", "String", "Regex", "Tokenizer")
"""How the names of operators begin that handle something else than tensors of numbers."""


def refuse_changing_cost(network: onnx.GraphProto) -> None:
    """Raise EntryRejected for what is no dense tensor of numbers, and for sizes that follow from the input's values."""
    for where in _no_plain_tensors(network):
        raise EntryRejected("not_plain_tensors", where=where)
    for node in _sized_by_values(network):
        raise EntryRejected("size_from_values", operator=node.op_type)


def _no_plain_tensors(network: onnx.GraphProto) -> Iterator[str]:
    yield from (tensor.values.name for tensor in network.sparse_initializer)
    for name, tensor in graph.constants(network).items():
        if tensor.data_type == onnx.TensorProto.STRING:
            yield name
    for node in network.node:
        sparse = any(item.HasField("sparse_tensor") or item.sparse_tensors for item in node.attribute)
        if sparse or node.op_type.startswith(NOT_TENSORS):
            yield node.op_type


def _sized_by_values(network: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Nodes that make a shape out of values computed from the input. A shape made out of its shape is another thing."""
    computed = {value.name for value in network.input} - graph.constants(network).keys()
    for node in network.node:  # in topological order
        first = 1 if node.op_type.startswith("Reduce") else SHAPE_INPUT.get(node.op_type)
        if first is not None and computed.intersection(node.input[first:]):
            yield node
        if node.op_type not in MAKES_SHAPES and computed.intersection(node.input):
            computed.update(filter(None, node.output))
