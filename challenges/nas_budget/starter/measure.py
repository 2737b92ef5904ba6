"""Compare entry.onnx with baseline.onnx: accuracy, multiply-accumulates and memory, on validation images."""

import math

import onnx
from comparing import ENTRY, show_answers, validation
from onnx import numpy_helper, shape_inference


def shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """The shape of every value for one item."""
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    inferred = shape_inference.infer_shapes(model).graph
    values = [*inferred.input, *inferred.value_info, *inferred.output]
    return {value.name: tuple(size.dim_value or 1 for size in value.type.tensor_type.shape.dim) for value in values}


def macs(model: onnx.ModelProto) -> int:
    """Multiply-accumulates of convolutions and matrix products; the grader counts other products as well."""
    weights = {tensor.name: numpy_helper.to_array(tensor).shape for tensor in model.graph.initializer}
    found = shapes(model)
    layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    return sum(math.prod(found[node.output[0]]) * math.prod(weights[node.input[1]][1:]) for node in layers)


def peak_bytes(model: onnx.ModelProto) -> int:
    """Most bytes alive at once, float32, a convolution and its ReLU taken as one step as the runtime does."""
    found = shapes(model)
    steps = [(list(node.input), node.output[0]) for node in model.graph.node if node.op_type != "Relu"]
    same = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Relu"}
    steps = [([same.get(name, name) for name in reads], written) for reads, written in steps]
    last = {name: at for at, (reads, _) in enumerate(steps) for name in reads}
    alive, peak = {"input"}, 0
    for at, (_, written) in enumerate(steps):
        alive.add(written)
        peak = max(peak, sum(4 * math.prod(found[name]) for name in alive))
        alive = {name for name in alive if last.get(name, -1) > at}
    return peak


def main() -> None:
    """Print one line per figure."""
    show_answers(*validation())
    model = onnx.load(ENTRY)
    print(f"MACs      {macs(model):,} (the limit is in brief.md)")
    print(f"memory    {peak_bytes(model):,} bytes of activations (the limit is in brief.md)")


if __name__ == "__main__":
    main()
