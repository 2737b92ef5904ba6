"""Quantization-aware training: `python -m challenges.qat_fashion.solutions.reference.train`, a minute on one core.

Starts from the best post-training quantization. In the forward pass weights and activations are rounded as the entry
will round them; in the backward pass the rounding is taken for the identity (Bengio et al. 2013, arXiv:1308.3432), and
the scales of
the weights learn with them (Esser et al. 2020, arXiv:1902.08153). Besides the labels, the float32 model's answers
teach. `--steps N --out PATH` writes another entry; the one in `pass` has 40 steps.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import fashion_mnist
from challenges.qat_fashion.starter.quantize import Range, Weights, quantized, ranges, write
from challenges.training import single_threaded

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
CALIBRATION_ITEMS = 256
SEED, STEPS, BATCH_ITEMS, PEAK_RATE = 2032, 160, 64, 2e-3
TEACHER_SHARE, TEMPERATURE = 0.5, 2.0


def rounded(x: Tensor, scale: Tensor, low: int, high: int) -> Tensor:
    """x on the grid of whole multiples of `scale` from `low` to `high`; its gradient is that of the clipping alone."""
    steps = torch.clamp(x / scale, low, high)
    return (steps + (steps.round() - steps).detach()) * scale


def uint8(x: Tensor, scale: float) -> Tensor:
    """x on the grid of uint8, whose lower end is 0, so that this is the ReLU as well."""
    return torch.fake_quantize_per_tensor_affine(x, scale, 0, 0, 255)


class QuantizedLayer(nn.Module):
    """A convolution or matrix product whose weights are rounded; their scales learn as well, as logarithms."""

    def __init__(self, node: onnx.NodeProto, weight: np.ndarray, start: Weights) -> None:
        super().__init__()
        self.attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        self.bits = start.bits
        self.weight = nn.Parameter(torch.from_numpy(weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(start.bias.copy()))
        self.log_scale = nn.Parameter(torch.from_numpy(np.log(start.scale)))

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, in, ...] -> [batch, out, ...]."""
        top = 2 ** (self.bits - 1) - 1
        weight = rounded(self.weight, self._scale(), -top - 1, top)
        if weight.dim() == 2:
            return functional.linear(x, weight, self.bias)
        stride, edge, groups = (self.attributes[name] for name in ("strides", "pads", "group"))
        return functional.conv2d(x, weight, self.bias, stride, edge[0], groups=groups)

    def stored(self) -> Weights:
        """What goes into the file."""
        top, scale = 2 ** (self.bits - 1) - 1, self._scale()
        levels = torch.clamp((self.weight / scale).round(), -top - 1, top)
        integers, scales, bias = (part.detach().numpy() for part in (levels, self.log_scale.exp(), self.bias))
        return Weights(integers.astype(np.int8), scales, bias, self.bits)

    def _scale(self) -> Tensor:
        return self.log_scale.exp().reshape(-1, *[1] * (self.weight.dim() - 1))


class QuantizedNet(nn.Module):
    """The chain of layers in the baseline, every value between them rounded to uint8."""

    def __init__(self, model: onnx.ModelProto, weights: dict[str, Weights], found: dict[str, Range]) -> None:
        super().__init__()
        stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.nodes = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
        self.layers = nn.ModuleList(
            QuantizedLayer(node, stored[node.input[1]], weights[node.input[1]]) for node in self.nodes
        )
        self.input, *between = found.items()
        self.names = [name for name, _ in between]
        self.scales = [item.scale for _, item in between]

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 28, 28] -> logits [batch, 10]."""
        _, entering = self.input
        x = torch.fake_quantize_per_tensor_affine(x, entering.scale, entering.zero_point, 0, 255)
        *scales, pooled = self.scales
        for layer, scale in zip(self.layers[:-1], scales, strict=True):
            x = uint8(layer(x), scale)
        return self.layers[-1](uint8(functional.adaptive_avg_pool2d(x, 1).flatten(1), pooled))

    def entry(self, model: onnx.ModelProto) -> bytes:
        """The ONNX file that computes the same."""
        weights = {node.input[1]: layer.stored() for node, layer in zip(self.nodes, self.layers, strict=True)}
        found = dict([self.input]) | {name: Range(scale) for name, scale in zip(self.names, self.scales, strict=True)}
        return write(model, weights, found)


def teacher_logits(model: onnx.ModelProto, inputs: np.ndarray) -> Tensor:
    """What the float32 model answers."""
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return torch.from_numpy(
        np.concatenate([session.run(None, {"input": part})[0] for part in np.array_split(inputs, 50)])
    )


def train(net: QuantizedNet, model: onnx.ModelProto, steps: int) -> None:
    """Adam with one cycle of its rate over random batches of the training split."""
    data = fashion_mnist.training()
    order = torch.Generator().manual_seed(SEED)
    shuffled = torch.cat(
        [torch.randperm(len(data.labels), generator=order) for _ in range(1 + steps * BATCH_ITEMS // 54_000)]
    ).numpy()
    optimiser = torch.optim.Adam(net.parameters(), PEAK_RATE)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        chosen = shuffled[step * BATCH_ITEMS : (step + 1) * BATCH_ITEMS]
        wanted = teacher_logits(model, data.inputs[chosen])
        inputs = torch.from_numpy(data.inputs[chosen]).contiguous(memory_format=torch.channels_last)
        found = net(inputs)
        loss = mixed_loss(found, wanted, torch.from_numpy(data.labels[chosen]))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        rate.step()
        if step % 25 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)


def mixed_loss(found: Tensor, wanted: Tensor, labels: Tensor) -> Tensor:
    """Part cross-entropy with the labels, part divergence from the float32 model's answers."""
    soft = functional.kl_div(
        functional.log_softmax(found / TEMPERATURE, 1),
        functional.softmax(wanted / TEMPERATURE, 1),
        reduction="batchmean",
    )
    return (1 - TEACHER_SHARE) * functional.cross_entropy(found, labels) + TEACHER_SHARE * TEMPERATURE**2 * soft


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("entry.onnx"))
    chosen = parser.parse_args()
    single_threaded(SEED)
    baseline = onnx.load(BASELINE)
    net = QuantizedNet(
        baseline, quantized(baseline, narrow=2), ranges(baseline, fashion_mnist.calibration(CALIBRATION_ITEMS))
    )
    net.to(memory_format=torch.channels_last)
    train(net, baseline, chosen.steps)
    chosen.out.write_bytes(net.entry(baseline))
