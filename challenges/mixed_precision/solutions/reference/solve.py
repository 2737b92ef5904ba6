"""Give the bits to the layers that need them: joint sensitivity, measured by what the answers lose without any label.

Every layer starts with 8 bits. Again and again the layer that costs least for each byte it saves goes from 8 to 4 or
from 4 to 2 bits, measured together with everything that is narrow already, until the weights fit into the budget. Such
steps overshoot, so what is left of the budget goes back to the layers that gain most from it.
"""

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from challenges.datasets.base import Dataset
from grader.challenge import Float32

IMAGES = 256
BUDGET_BYTES = 127_000  # of weights; biases, scales and the graph come on top
OPSET, IR_VERSION = 25, 13  # the first with 2-bit integers
DTYPE = {8: TensorProto.INT8, 4: TensorProto.INT4, 2: TensorProto.INT2}
SHRINK = np.linspace(0.2, 1, 41)  # candidates for the clipping range, as parts of the largest weight
Bits = dict[str, int]


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    network = Network(onnx.load_model_from_string(baseline))
    return network.quantized(search(network, data.calibration(IMAGES), BUDGET_BYTES)).SerializeToString()


@dataclass(frozen=True)
class Step:
    """A choice of bits: what the answers lose by it, as KL divergence, and what the weights take."""

    bits: Bits
    loss: float
    weight_bytes: int

    def price(self, wider: "Step") -> float:
        """Loss for each byte saved."""
        return (self.loss - wider.loss) / (wider.weight_bytes - self.weight_bytes)


class Network:
    """The baseline, and its weights rounded to every width."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        users = (node for node in model.graph.node if node.op_type in ("Conv", "Gemm"))
        self.weights = {node.input[1]: stored[node.input[1]] for node in users}
        self.rounded = {(name, bits): rounded(self.weights[name], bits) for name in self.weights for bits in DTYPE}

    def weight_bytes(self, bits: Bits) -> int:
        """Packed bytes of all weights."""
        return sum(values.size * bits[name] // 8 for name, values in self.weights.items())

    def quantized(self, bits: Bits) -> onnx.ModelProto:
        """The model with each weight tensor stored in its number of bits and dequantized where it is used."""
        entry = onnx.ModelProto()
        entry.CopyFrom(self.model)
        entry.opset_import[0].version, entry.ir_version = OPSET, IR_VERSION
        stored = {tensor.name: tensor for tensor in entry.graph.initializer}
        for number, name in enumerate(self.weights):
            levels, scale = self.rounded[name, bits[name]]
            stored[name].CopyFrom(packed(levels, bits[name], name))
            entry.graph.initializer.append(numpy_helper.from_array(scale, f"s{number}"))
            next(node for node in entry.graph.node if name in node.input).input[1] = f"w{number}"
            entry.graph.node.insert(
                0, helper.make_node("DequantizeLinear", [name, f"s{number}"], [f"w{number}"], axis=0)
            )
        return entry


def search(network: Network, images: Float32, budget_bytes: int) -> Bits:
    """Bits by weight tensor, such that all weights together take at most `budget_bytes`."""
    wanted = log_softmax(logits(network.model, images))

    def step(bits: Bits) -> Step:
        return Step(bits, divergence(wanted, logits(network.quantized(bits), images)), network.weight_bytes(bits))

    now = step(dict.fromkeys(network.weights, 8))
    while now.weight_bytes > budget_bytes:
        narrower = [step(now.bits | {name: bits // 2}) for name, bits in now.bits.items() if bits > 2]
        now = min(narrower, key=lambda each: each.price(now))
    while True:
        wider = [step(now.bits | {name: 2 * bits}) for name, bits in now.bits.items() if bits < 8]
        better = [each for each in wider if each.weight_bytes <= budget_bytes and each.loss < now.loss]
        if not better:
            return now.bits
        now = max(better, key=lambda each: now.price(each))


def logits(model: onnx.ModelProto, images: Float32) -> Float32:
    """The model's scores. [items, classes]"""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": images})[0]


def log_softmax(scores: Float32) -> Float32:
    """Logarithms of the class probabilities. [items, classes]"""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def divergence(wanted: Float32, scores: Float32) -> float:
    """Mean KL divergence of the answers from the float32 model's, in nats."""
    return float((np.exp(wanted) * (wanted - log_softmax(scores))).sum(axis=1).mean())


def rounded(values: Float32, bits: int) -> tuple[Float32, Float32]:
    """Levels and one scale by output channel: of all clipping ranges and both signs, those of the least squared error.

    The integers reach one step further down than up, so with 2 bits it matters which way the long tail points.
    """
    top = 2 ** (bits - 1) - 1
    largest = np.abs(values).reshape(len(values), -1).max(axis=1)
    scales = (np.concatenate([SHRINK, -SHRINK])[:, None] * largest / top).astype(np.float32)
    best = np.argmin([squared_error(values, scale, top) for scale in scales], axis=0)
    scale = scales[best, np.arange(len(values))]
    return levels(values, scale, top), scale


def squared_error(values: Float32, scale: Float32, top: int) -> Float32:
    """By output channel."""
    difference = levels(values, scale, top) * along(scale, values) - values
    return (difference**2).reshape(len(values), -1).sum(axis=1)


def levels(values: Float32, scale: Float32, top: int) -> Float32:
    """Whole numbers from -top - 1 to top."""
    return np.clip(np.rint(values / along(scale, values)), -top - 1, top)


def along(scale: Float32, values: Float32) -> Float32:
    """`scale` in a shape that multiplies output channels."""
    return scale.reshape(-1, *[1] * (values.ndim - 1))


def packed(levels: Float32, bits: int, name: str) -> onnx.TensorProto:
    """The levels as a tensor that really takes `bits` for each element: the first in the lowest bits, as ONNX packs."""
    fields = levels.astype(np.int8).view(np.uint8).reshape(-1, 8 // bits) & (2**bits - 1)
    raw = (fields << np.arange(0, 8, bits, dtype=np.uint8)).sum(axis=1, dtype=np.uint8).tobytes()
    return helper.make_tensor(name, DTYPE[bits], levels.shape, raw, raw=True)
