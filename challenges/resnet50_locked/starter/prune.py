"""First attempt: remove channels inside the blocks of baseline.onnx and write entry.onnx.

Only channels between the convolutions of a block go, those with the smallest weights: nothing else reads them. Every
layer is still there, but nobody has trained them since. See finetune.py (needs torch) for that; int8 comes last.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

HERE = Path(__file__).parent
KEPT = 0.25  # of the channels inside each block


def arrays(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Every stored tensor by name."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def blocks(model: onnx.ModelProto) -> list[list[onnx.NodeProto]]:
    """The three convolutions of each block, in order: their names hold `narrow`, `middle` and `widen`."""
    named = {node.name: node for node in model.graph.node if node.op_type == "Conv"}
    starts = [name for name in named if "/narrow/" in name]
    return [[named[name.replace("narrow", part)] for part in ("narrow", "middle", "widen")] for name in starts]


def strongest(weight: np.ndarray, number: int) -> np.ndarray:
    """Numbers of the output channels with the largest sum of magnitudes, in ascending order. Change this criterion."""
    strength = np.abs(weight).reshape(len(weight), -1).sum(1)
    return np.sort(np.argsort(strength)[::-1][:number])


def prune(model: onnx.ModelProto) -> onnx.ModelProto:
    """Your work goes here: the channels that the sums join, another criterion, another share in each layer."""
    values = arrays(model)
    for narrow, middle, widen in blocks(model):
        for layer, reader in ((narrow, middle), (middle, widen)):
            weight, bias = layer.input[1:3]
            keep = strongest(values[weight], int(KEPT * len(values[weight])))
            values[weight], values[bias] = values[weight][keep], values[bias][keep]
            values[reader.input[1]] = values[reader.input[1]][:, keep]
    for tensor in model.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values[tensor.name]), tensor.name))
    model.graph.ClearField("value_info")
    return model


if __name__ == "__main__":
    pruned = prune(onnx.load(HERE / "baseline.onnx"))
    onnx.checker.check_model(pruned, full_check=True)
    onnx.save(pruned, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
