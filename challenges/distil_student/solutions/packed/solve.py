"""The student that is too large, its weights packed eight to an integer of 64 bits and unpacked while it is loaded."""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from challenges.datasets.base import Dataset
from challenges.pruning import layers

STUDENT = Path(__file__).parents[3] / "int8_fashion" / "solutions" / "swapped" / "half_width.onnx"
SHIFTS = np.arange(0, 64, 8, dtype=np.uint64)
MIDDLE = 128  # stands for zero in a byte


class Packer:
    """Collects the nodes that unpack, and the tensors that they need."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors = [numpy_helper.from_array(SHIFTS, "shifts"), numpy_helper.from_array(np.array([1]), "last")]

    def pack(self, tensor: onnx.TensorProto) -> None:
        """Replace a tensor by an eighth as many integers and the nodes that make it from them again."""
        values = numpy_helper.to_array(tensor)
        scale = np.float32(np.abs(values).max() / (MIDDLE - 1))
        stored = np.rint(values / scale).astype(np.int16) + MIDDLE
        padded = np.pad(stored.ravel(), (0, -stored.size % 8)).astype(np.uint64).reshape(-1, 8)
        packed = np.bitwise_or.reduce(padded << SHIFTS, axis=1)
        self._unpack(tensor.name, packed, values.shape, scale)

    def _unpack(self, name: str, packed: np.ndarray, shape: tuple[int, ...], scale: np.float32) -> None:
        wide = self._node("Unsqueeze", self._stored(packed, f"{name}_packed"), "last")
        shifted = self._node("BitShift", wide, "shifts", direction="RIGHT")
        byte = self._node("Cast", self._node("Cast", shifted, to=onnx.TensorProto.UINT8), to=onnx.TensorProto.FLOAT)
        centred = self._node("Sub", byte, self._stored(np.float32(MIDDLE), f"{name}_middle"))
        scaled = self._node("Mul", centred, self._stored(scale, f"{name}_scale"))
        flat = self._node("Reshape", scaled, self._stored(np.array([-1]), f"{name}_flat"))
        size = self._stored(np.array([np.prod(shape)]), f"{name}_size")
        cut = self._node("Slice", flat, self._stored(np.array([0]), f"{name}_from"), size)
        self._node("Reshape", cut, self._stored(np.array(shape), f"{name}_shape"), output=name)

    def _stored(self, values: np.ndarray | np.float32, name: str) -> str:
        self.tensors.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def _node(self, operator: str, *inputs: str, output: str = "", **attributes: int | str) -> str:
        output = output or f"unpacking{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    model, packer = onnx.load(STUDENT), Packer()
    weights = {layer.input[1] for layer in layers(model.graph)}
    kept = [tensor for tensor in model.graph.initializer if tensor.name not in weights]
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            packer.pack(tensor)
    graph = helper.make_graph(
        [*packer.nodes, *model.graph.node], "g", model.graph.input, model.graph.output, [*kept, *packer.tensors]
    )
    entry = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(entry)
    return entry.SerializeToString()
