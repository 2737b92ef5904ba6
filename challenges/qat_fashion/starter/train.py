"""Where training begins: `python train.py FOLDER`. Needs torch. The rounding is missing: put it into Layer and Net.

FOLDER holds the training file of Fashion-MNIST.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from quantize import HERE, Weights, levels, quantized, ranges, write
from torch import Tensor, nn
from torch.nn import functional

STEPS, BATCH_ITEMS, RATE, NARROW = 20, 64, 1e-4, 2
TRAINING_ITEMS = 54_000  # the rest of the file is for validation


def training(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images as bytes [items, 28, 28], and labels."""
    pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    images = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28)
    return images[:TRAINING_ITEMS], np.frombuffer(labels, np.uint8, offset=8)[:TRAINING_ITEMS].astype(np.int64)


def normalised(images: np.ndarray) -> Tensor:
    """What the network takes: float32 [items, 1, 28, 28]."""
    return torch.from_numpy((images[:, None].astype(np.float32) / 255 - 0.2860) / 0.3530)


class Layer(nn.Module):
    """One convolution or matrix product of the baseline. Its weights are not rounded yet."""

    def __init__(self, node: onnx.NodeProto, weight: np.ndarray, start: Weights) -> None:
        super().__init__()
        self.attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        self.bits, self.scale = start.bits, start.scale
        self.weight, self.bias = (nn.Parameter(torch.from_numpy(part.copy())) for part in (weight, start.bias))

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, in, ...] -> [batch, out, ...]."""
        if self.weight.dim() == 2:
            return functional.linear(x, self.weight, self.bias)
        stride, edge, groups = (self.attributes[name] for name in ("strides", "pads", "group"))
        return functional.conv2d(x, self.weight, self.bias, stride, edge[0], groups=groups)

    def stored(self) -> Weights:
        """What goes into the file: here the rounding comes as a surprise to the weights."""
        weight, bias = (part.detach().numpy() for part in (self.weight, self.bias))
        integers = levels(weight, self.scale, 2 ** (self.bits - 1) - 1).astype(np.int8)
        return Weights(integers, self.scale, bias, self.bits)


class Net(nn.Module):
    """The baseline. Its activations are not rounded yet."""

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        start = quantized(model, NARROW)
        nodes = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
        self.names = [node.input[1] for node in nodes]
        self.layers = nn.ModuleList(Layer(node, stored[node.input[1]], start[node.input[1]]) for node in nodes)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](functional.adaptive_avg_pool2d(x, 1).flatten(1))


def main(folder: Path) -> None:
    """Train a few steps and write entry.onnx."""
    torch.manual_seed(0)
    model = onnx.load(HERE / "baseline.onnx")
    net, (images, labels) = Net(model), training(folder)
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    for step in range(STEPS):
        chosen = torch.randint(len(labels), (BATCH_ITEMS,)).numpy()
        loss = functional.cross_entropy(net(normalised(images[chosen])), torch.from_numpy(labels[chosen]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        print(f"step {step}: loss {loss.item():.4f}")
    with np.load(HERE / "calibration.npz") as data:
        found = ranges(model, data["calibration"])
    weights = {name: layer.stored() for name, layer in zip(net.names, net.layers, strict=True)}
    (HERE / "entry.onnx").write_bytes(write(model, weights, found))
    print("wrote entry.onnx; now run: python measure.py")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
