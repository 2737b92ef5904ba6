"""Give the bits to the layers that need them: joint sensitivity, measured by what the answers lose on unlabelled images.

Every layer starts with 8 bits. Again and again the layer that costs least for each byte it saves goes from 8 to 4 or
from 4 to 2 bits, measured together with everything that is narrow already, until the weights fit into the budget.
"""

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from challenges.datasets.base import Dataset
from grader.challenge import Float32

IMAGES = 256
BUDGET_BYTES = 120_000  # of weights; biases, scales and the graph come on top
OPSET, IR_VERSION = 25, 13  # the first with 2-bit integers
DTYPE = {8: TensorProto.INT8, 4: TensorProto.INT4, 2: TensorProto.INT2}
SHRINK = np.linspace(0.2, 1, 41)  # candidates for the clipping range, as parts of the largest weight
Bits = dict[str, int]


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model = onnx.load_model_from_string(baseline)
    return quantized(model, search(model, data.calibration(IMAGES), BUDGET_BYTES)).SerializeToString()


def search(model: onnx.ModelProto, images: Float32, budget_bytes: int) -> Bits:
    """Bits by weight tensor, such that all weights together take at most `budget_bytes`."""
    wanted = log_softmax(logits(model, images))
    bits = dict.fromkeys(weights(model), 8)
    loss = 0.0
    while weight_bytes(model, bits) > budget_bytes:
        steps = [bits | {name: width // 2} for name, width in bits.items() if width > 2]
        losses = [divergence(wanted, logits(quantized(model, step), images)) for step in steps]
        saved = [weight_bytes(model, bits) - weight_bytes(model, step) for step in steps]
        best = min(range(len(steps)), key=lambda at: (losses[at] - loss) / saved[at])
        bits, loss = steps[best], losses[best]
    return bits


def weights(model: onnx.ModelProto) -> dict[str, Float32]:
    """Weight tensors of the convolutions and of the last layer, by name, in the order of the network."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    return {node.input[1]: stored[node.input[1]] for node in model.graph.node if node.op_type in ("Conv", "Gemm")}


def weight_bytes(model: onnx.ModelProto, bits: Bits) -> int:
    """Packed bytes of all weights."""
    return sum(values.size * bits[name] // 8 for name, values in weights(model).items())


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


def quantized(model: onnx.ModelProto, bits: Bits) -> onnx.ModelProto:
    """The model with each weight tensor stored in its number of bits and dequantized where it is used."""
    entry = onnx.ModelProto()
    entry.CopyFrom(model)
    entry.opset_import[0].version, entry.ir_version = OPSET, IR_VERSION
    stored = {tensor.name: tensor for tensor in entry.graph.initializer}
    for number, (name, values) in enumerate(weights(model).items()):
        levels, scale = rounded(values, bits[name])
        stored[name].CopyFrom(packed(levels, bits[name], name))
        entry.graph.initializer.append(numpy_helper.from_array(scale, f"s{number}"))
        entry.graph.node.insert(0, helper.make_node("DequantizeLinear", [name, f"s{number}"], [f"w{number}"], axis=0))
        user = next(node for node in entry.graph.node[1:] if name in node.input)
        user.input[1] = f"w{number}"
    return entry


def rounded(values: Float32, bits: int) -> tuple[Float32, Float32]:
    """Levels and one scale by output channel: of all clipping ranges and both signs, those of the least squared error.

    The integers reach one step further down than up, so with 2 bits it matters which way the long tail points.
    """
    largest = np.abs(values).reshape(len(values), -1).max(axis=1)
    top = 2 ** (bits - 1) - 1
    scales = np.concatenate([SHRINK, -SHRINK])[:, None] * (largest / top).astype(np.float32)
    errors = [squared_error(values, scale, top) for scale in scales]
    scale = scales[np.argmin(errors, axis=0), np.arange(len(values))].astype(np.float32)
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
    """The levels as a tensor that really takes `bits` for each element: little end first, as ONNX packs them."""
    unsigned = levels.astype(np.int8).astype(np.uint8).reshape(-1, 8 // bits) & (2**bits - 1)
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    raw = (unsigned << shifts).sum(axis=1, dtype=np.uint8).tobytes()
    return helper.make_tensor(name, DTYPE[bits], levels.shape, raw, raw=True)
