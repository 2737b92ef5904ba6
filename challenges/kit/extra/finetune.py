"""Train entry.onnx further with PyTorch and write it back: `python finetune.py --epochs 1`. Needs torch.

--data names the folder with the training images of Fashion-MNIST.
"""

import argparse
from pathlib import Path

import onnx
import torch
from fashion import DATA, train, training_items
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional

HERE = Path(__file__).parent
PEAK_RATE = 0.01  # low: there is no normalisation to keep a shaken network steady. Can you do better?


class Network(nn.Module):
    """The graph of an ONNX model as a PyTorch module."""

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        self.model = model
        stored = [(tensor.name, numpy_helper.to_array(tensor).copy()) for tensor in model.graph.initializer]
        self.place = {name: at for at, (name, _) in enumerate(stored)}
        self.weights = nn.ParameterList([torch.from_numpy(values) for _, values in stored])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        values = {"input": x} | {name: self.weights[at] for name, at in self.place.items()}
        for node in self.model.graph.node:
            values[node.output[0]] = self.run(node, [values[name] for name in node.input])
        return values["logits"]

    def run(self, node: onnx.NodeProto, inputs: list[torch.Tensor]) -> torch.Tensor:
        """One operator."""
        attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        match node.op_type:
            case "Conv":
                return functional.conv2d(*inputs, stride=attributes["strides"], padding=attributes["pads"][:2])
            case "Gemm":
                return functional.linear(*inputs)
            case "Relu":
                return functional.relu(inputs[0])
            case "Add":
                return inputs[0] + inputs[1]
            case "GlobalAveragePool":
                return inputs[0].mean((2, 3), keepdim=True)
        return inputs[0].flatten(1)

    def export(self) -> onnx.ModelProto:
        """The ONNX model with the weights of now."""
        for tensor in self.model.graph.initializer:
            values = self.weights[self.place[tensor.name]].detach().numpy()
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        return self.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    network = Network(onnx.load(HERE / "entry.onnx"))
    images, labels = training_items(chosen.data)
    train(
        network, images, lambda scores, batch: functional.cross_entropy(scores, labels[batch]), chosen.epochs, PEAK_RATE
    )
    onnx.save(network.export(), HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
