"""Small .tflite models for tests, built from the format's own schema without a converter."""

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from tests.models import CLASSES

TYPES = {"float32": schema.TensorType.FLOAT32, "int8": schema.TensorType.INT8, "int32": schema.TensorType.INT32}
PIXELS = 28 * 28
Quantization = tuple[float, int]


class TfliteGraph:
    """Collects tensors and operators; `model` closes the file."""

    def __init__(self) -> None:
        self.buffers = [schema.BufferT()]
        self.tensors: list[Any] = []
        self.operators: list[Any] = []
        self.codes: list[Any] = []

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        *,
        quantization: Quantization | None = None,
        stored: npt.NDArray[Any] | None = None,
    ) -> int:
        """Add a tensor, with its values if it is a constant."""
        made = schema.TensorT(shape=list(shape), type=TYPES[dtype], name=name)
        if quantization:
            scale, zero_point = quantization
            made.quantization = schema.QuantizationParametersT(scale=[scale], zeroPoint=[zero_point])
        if stored is not None:
            made.buffer = len(self.buffers)
            self.buffers.append(schema.BufferT(data=np.frombuffer(stored.tobytes(), np.uint8)))
        self.tensors.append(made)
        return len(self.tensors) - 1

    def operator(self, name: str, inputs: Sequence[int], outputs: Sequence[int], options: Any = None) -> None:
        """Add an operator by its name in the schema."""
        number = getattr(schema.BuiltinOperator, name)
        self.codes.append(schema.OperatorCodeT(deprecatedBuiltinCode=min(number, 127), builtinCode=number, version=1))
        made = schema.OperatorT(opcodeIndex=len(self.codes) - 1, inputs=list(inputs), outputs=list(outputs))
        if options:
            made.builtinOptions = options
            made.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self.operators.append(made)

    def parsed(self, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
        """The whole as an object, for tests that want to bend it."""
        graph = schema.SubGraphT(tensors=self.tensors, operators=self.operators, inputs=list(inputs), name="main")
        graph.outputs = list(outputs)
        return schema.ModelT(version=3, operatorCodes=self.codes, subgraphs=[graph], buffers=self.buffers)


def packed(model: Any) -> bytes:
    """The object as the bytes of a file."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def linear(weights: npt.NDArray[np.float32], shape: Sequence[int] = (1, 1, 28, 28)) -> Any:
    """Flatten and one matrix [pixels, classes], in float: what `tests.models.linear` is as ONNX."""
    graph = TfliteGraph()
    image = graph.tensor("image", shape)
    flat_shape = graph.tensor("flat_shape", [2], "int32", stored=np.array([1, PIXELS], np.int32))
    flat = graph.tensor("flat", [1, PIXELS])
    weight = graph.tensor("weight", [CLASSES, PIXELS], stored=weights.T.astype(np.float32))
    logits = graph.tensor("logits", [1, CLASSES])
    graph.operator("RESHAPE", [image, flat_shape], [flat])
    graph.operator("FULLY_CONNECTED", [flat, weight], [logits], schema.FullyConnectedOptionsT())
    return graph.parsed([image], [logits])


def int8_linear(
    weights: npt.NDArray[np.float32],
    image: Quantization,
    result: Quantization,
    shape: Sequence[int] = (1, 1, 28, 28),
) -> Any:
    """The same in integers throughout, its input and its output too: weights symmetric, one scale for all."""
    graph = TfliteGraph()
    scale = float(np.abs(weights).max() / 127)
    source = graph.tensor("image", shape, "int8", quantization=image)
    flat_shape = graph.tensor("flat_shape", [2], "int32", stored=np.array([1, PIXELS], np.int32))
    flat = graph.tensor("flat", [1, PIXELS], "int8", quantization=image)
    stored = np.rint(weights.T / scale).astype(np.int8)
    weight = graph.tensor("weight", [CLASSES, PIXELS], "int8", quantization=(scale, 0), stored=stored)
    logits = graph.tensor("logits", [1, CLASSES], "int8", quantization=result)
    graph.operator("RESHAPE", [source, flat_shape], [flat])
    graph.operator("FULLY_CONNECTED", [flat, weight], [logits], schema.FullyConnectedOptionsT())
    return graph.parsed([source], [logits])
