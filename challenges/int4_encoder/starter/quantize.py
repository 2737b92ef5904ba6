"""First attempt: store the weights of every matrix product in 4 bits and write entry.onnx. Change quantize().

`blocks()` and `pack()` work for any matrix whose rows are divided into blocks that share a scale.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

HERE = Path(__file__).parent
BITS, BLOCK = 4, 32


def blocks(rows: np.ndarray, block: int, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Round each block of a row to `bits` bits with a scale of its own, symmetrically around zero.

    rows: float32 [n, k], k a multiple of block. Gives unsigned values uint8 [n, k], in which 2^(bits-1) stands for
    zero, and scales float32 [n, k / block].
    """
    middle = 2 ** (bits - 1)
    parts = rows.reshape(len(rows), -1, block)
    scales = np.maximum(np.abs(parts).max(axis=2) / (middle - 1), np.float32(1e-8))
    values = np.clip(np.rint(parts / scales[..., np.newaxis]) + middle, 0, 2 * middle - 1)
    return values.astype(np.uint8).reshape(rows.shape), scales.astype(np.float32)


def pack(values: np.ndarray, bits: int) -> np.ndarray:
    """Several values in each byte, the first in its lowest bits: uint8 [..., k] -> uint8 [..., k * bits / 8]."""
    grouped = values.reshape(*values.shape[:-1], -1, 8 // bits)
    packed = np.zeros(grouped.shape[:-1], np.uint8)
    for place in range(8 // bits):
        packed |= grouped[..., place] << np.uint8(place * bits)
    return packed


class Rewriter:
    """The nodes and weights of the model that is being written. `rounding` turns rows into values and scales."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model, self.rounding = model, blocks
        self.weights = {tensor.name: tensor for tensor in model.graph.initializer}

    def values(self, name: str) -> np.ndarray:
        """A weight matrix as it is now."""
        return numpy_helper.to_array(self.weights[name])

    def store(self, name: str, values: np.ndarray) -> str:
        """Store a tensor, over one of the same name if there is one."""
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def product(self, node: onnx.NodeProto, block: int = BLOCK, bits: int = BITS) -> onnx.NodeProto:
        """MatMul with a weight matrix [inputs, outputs] as MatMulNBits, which wants [outputs, blocks, bytes]."""
        x, weight = node.input
        inputs, outputs = self.values(weight).shape
        values, scales = self.rounding(self.values(weight).T, block, bits)
        packed = pack(values.reshape(outputs, -1, block), bits)
        names = [x, self.store(weight, packed), self.store(f"{weight}.s", scales.reshape(-1))]
        sizes = {"K": inputs, "N": outputs, "bits": bits, "block_size": block}
        return helper.make_node("MatMulNBits", names, node.output, node.name, domain="com.microsoft", **sizes)

    def finish(self, nodes: list[onnx.NodeProto]) -> onnx.ModelProto:
        """The model with these nodes and what has been stored."""
        del self.model.graph.node[:], self.model.graph.initializer[:]
        self.model.graph.node.extend(nodes)
        self.model.graph.initializer.extend(self.weights.values())
        if all(opset.domain != "com.microsoft" for opset in self.model.opset_import):
            self.model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        return self.model


def quantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every product with stored weights in 4 bits. Is that where the bytes are?"""
    rewriter = Rewriter(model)
    nodes = [
        rewriter.product(node) if node.op_type == "MatMul" and node.input[1] in rewriter.weights else node
        for node in list(model.graph.node)
    ]
    return rewriter.finish(nodes)


if __name__ == "__main__":
    onnx.save(quantize(onnx.load(HERE / "baseline.onnx")), HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
