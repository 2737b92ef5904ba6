"""Reading a .tflite file: its tensors and operators, its weights, and the bytes that count as its size.

Runs inside the sandbox: the flatbuffer is not verified before it is read, so a broken one may raise anything here.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema
from ml_dtypes import bfloat16

from grader.errors import EntryRejected
from grader.quantization.graph import SMALL_ELEMENTS

DTYPES: Mapping[int, str] = {
    schema.TensorType.FLOAT32: "float32",
    schema.TensorType.FLOAT16: "float16",
    schema.TensorType.BFLOAT16: "bfloat16",
    schema.TensorType.FLOAT64: "float64",
    schema.TensorType.INT2: "int2",
    schema.TensorType.INT4: "int4",
    schema.TensorType.INT8: "int8",
    schema.TensorType.INT16: "int16",
    schema.TensorType.INT32: "int32",
    schema.TensorType.INT64: "int64",
    schema.TensorType.UINT8: "uint8",
    schema.TensorType.UINT16: "uint16",
    schema.TensorType.UINT32: "uint32",
    schema.TensorType.BOOL: "bool",
}
"""Element types that a measurable model may have, in numpy's words."""

PACKED_BITS: Mapping[str, int] = {"int2": 2, "int4": 4}
OPERATORS: Mapping[int, str] = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
}
WEIGHT_INPUT: Mapping[str, int] = {
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 1,
    "TRANSPOSE_CONV": 1,
    "FULLY_CONNECTED": 1,
    "BATCH_MATMUL": 1,
}
"""Which input of a computing operator carries its weights."""

PASSES_ON = frozenset({"DEQUANTIZE", "QUANTIZE", "CAST", "TRANSPOSE", "RESHAPE"})
CONTROL_FLOW = frozenset(
    {"IF", "WHILE", "CALL", "CALL_ONCE", "STABLEHLO_WHILE", "STABLEHLO_CASE", "STABLEHLO_COMPOSITE"}
)
SHAPE_INPUTS: Mapping[str, slice] = (
    dict.fromkeys(
        "FILL NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 RANDOM_STANDARD_NORMAL RANDOM_UNIFORM RANGE UNIQUE"
        " WHERE".split(),
        slice(None),
    )
    | dict.fromkeys(
        "BATCH_TO_SPACE_ND BROADCAST_TO EXPAND_DIMS MEAN MIRROR_PAD ONE_HOT PAD PADV2 REDUCE_ALL REDUCE_ANY REDUCE_MAX"
        " REDUCE_MIN REDUCE_PROD RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR SEGMENT_SUM SLICE SPACE_TO_BATCH_ND"
        " SPARSE_TO_DENSE SPLIT_V STRIDED_SLICE SUM TILE TOPK_V2 TRANSPOSE UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN"
        " UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM".split(),
        slice(1, None),
    )
    | dict.fromkeys(("CONV_3D_TRANSPOSE", "SPLIT", "TRANSPOSE_CONV"), slice(1))
)
"""Inputs whose values decide about the shape of what an operator makes."""
MAKES_SHAPES = frozenset({"SHAPE", "RANK"})
AS_ONNX: Mapping[str, tuple[int, ...]] = {
    "CONV_2D": (0, 3, 1, 2),  # [out, height, width, in]
    "TRANSPOSE_CONV": (0, 3, 1, 2),
    "DEPTHWISE_CONV_2D": (3, 0, 1, 2),  # [1, height, width, out]
}
"""How a weight's axes are turned to be [out, in, height, width], as ONNX has them."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of the graph. stored: its bytes, empty for what is computed. scales, zero_points: by channel."""

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    stored: bytes = field(repr=False)
    scales: npt.NDArray[Any] = field(repr=False)
    zero_points: npt.NDArray[Any] = field(repr=False)
    channel_axis: int

    @property
    def bits(self) -> int:
        """Stored bits of one element."""
        return PACKED_BITS.get(self.dtype) or _numpy_dtype(self.dtype).itemsize * 8

    @property
    def elements(self) -> int:
        """Number of elements by the declared shape; a scalar has one."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that the elements take."""
        return -(-self.elements * self.bits // 8)

    def values(self) -> npt.NDArray[Any]:
        """The stored elements as an array, packed ones unpacked."""
        packed = np.frombuffer(self.stored, _numpy_dtype(self.dtype))
        return (_unpacked(packed, self.bits)[: self.elements] if self.bits < 8 else packed).reshape(self.shape)

    def centred(self) -> npt.NDArray[Any]:
        """The stored elements with their zero point taken off; the scale is left out."""
        zeros = self.zero_points.astype(np.float64)
        if len(zeros) > 1:
            zeros = zeros.reshape([-1 if axis == self.channel_axis else 1 for axis in range(len(self.shape))])
        return self.values().astype(np.float64) - (zeros if zeros.size else 0)


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of the graph. Indices of tensors; an optional input that is not given is left out."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The one graph of a model, in order of execution."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def constants(self) -> list[Tensor]:
        """Every tensor that the file itself carries."""
        return [tensor for tensor in self.tensors if tensor.stored]

    def weight_source(self, index: int) -> Tensor | None:
        """The stored tensor behind a weight input, through dequantizing and reshaping; None if it is computed."""
        makers = {output: operator for operator in self.operators for output in operator.outputs}
        for _ in range(len(self.operators) + 1):
            if self.tensors[index].stored:
                return self.tensors[index]
            maker = makers.get(index)
            if maker is None or maker.name not in PASSES_ON:
                return None
            index = maker.inputs[0]
        return None

    def weighted(self) -> Iterator[tuple[Operator, Tensor | None]]:
        """Each computing operator with the stored tensor that it takes its weights from."""
        for operator in self.operators:
            position = WEIGHT_INPUT.get(operator.name)
            if position is not None and len(operator.inputs) > position:
                yield operator, self.weight_source(operator.inputs[position])


def parse(data: bytes) -> Any:
    """Read the flatbuffer. Raises EntryRejected if it is broken or something else."""
    try:
        model = schema.ModelT.InitFromPackedBuf(data, 0)
        _take_in(model, data)
        if model.subgraphs and model.subgraphs[0].operators and model.buffers and model.operatorCodes:
            return model
    except MemoryError:
        raise
    except Exception as error:  # flatbuffers are read by offsets: a wrong one raises whatever it meets there
        raise EntryRejected("tflite_damaged") from error
    raise EntryRejected("tflite_damaged")


def _take_in(model: Any, data: bytes) -> None:
    """Buffers may lie behind the flatbuffer, at an offset in the file: put them where the others are."""
    for buffer in model.buffers:
        if buffer.offset > 1:
            if buffer.offset + buffer.size > len(data):
                raise ValueError("a buffer ends behind the file")
            buffer.data = np.frombuffer(data, np.uint8, buffer.size, buffer.offset)
        buffer.offset = buffer.size = 0


def refuse_what_cannot_be_measured(model: Any) -> None:
    """Raise EntryRejected for data elsewhere, foreign operators, control flow, and state between inferences."""
    if model.externalBuffers or model.externalBufferGroups:
        raise EntryRejected("external_data", tensor="-")
    for code in model.operatorCodes:
        name = _operator_name(code)
        if name == "CUSTOM":
            raise EntryRejected("tflite_custom_operator", operator=_text(code.customCode))
        if name in CONTROL_FLOW:
            raise EntryRejected("control_flow", operator=name)
    if len(model.subgraphs) > 1:
        raise EntryRejected("local_functions")
    for tensor in model.subgraphs[0].tensors:
        if tensor.isVariable or tensor.sparsity or tensor.type not in DTYPES:
            raise EntryRejected("tflite_tensor", tensor=_text(tensor.name))


def graph(model: Any) -> Graph:
    """The parsed model's graph. Raises EntryRejected where its parts contradict each other."""
    only = model.subgraphs[0]
    try:
        found = Graph(
            tuple(_tensor(at, tensor, model.buffers) for at, tensor in enumerate(only.tensors)),
            tuple(_operator(operator, model.operatorCodes) for operator in only.operators),
            _indices(only.inputs),
            _indices(only.outputs),
        )
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EntryRejected("tflite_damaged") from error
    used = {index for operator in found.operators for index in (*operator.inputs, *operator.outputs)}
    sound = all(index < len(found.tensors) for index in used | {*found.inputs, *found.outputs})
    if not sound or any(len(tensor.stored) != tensor.nbytes for tensor in found.constants()):
        raise EntryRejected("tflite_damaged")
    return found


def refuse_sizes_from_values(found: Graph) -> None:
    """Raise EntryRejected for sizes that follow from values of the input: each inference would cost something else."""
    computed = set(found.inputs)
    for operator in found.operators:
        deciding = operator.inputs[SHAPE_INPUTS.get(operator.name, slice(0))]
        if computed.intersection(deciding):
            raise EntryRejected("size_from_values", operator=operator.name)
        if operator.name not in MAKES_SHAPES and computed.intersection(operator.inputs):
            computed.update(operator.outputs)


def weights_as_onnx(operator: Operator, tensor: Tensor) -> npt.NDArray[Any]:
    """Weights without their zero point in ONNX's order of axes: [out, in, height, width] or [out, in]."""
    weights = tensor.centred()
    order = AS_ONNX.get(operator.name)
    return weights.transpose(order) if order and weights.ndim == len(order) else weights


def besides_weights(found: Graph) -> dict[str, int]:
    """Number of stored values by tensor, those left out that a computing operator takes as its weights.

    Scales and zero points count as values, whichever tensor they belong to, and weights too few to be compared.
    """
    used = (tensor for _, tensor in found.weighted() if tensor is not None)
    weights = {tensor.index for tensor in used if tensor.elements >= SMALL_ELEMENTS}
    return {
        f"{tensor.index}:{tensor.name}": tensor.scales.size
        + tensor.zero_points.size
        + (tensor.elements if tensor.stored and tensor.index not in weights else 0)
        for tensor in found.tensors
    }


def canonical_bytes(data: bytes) -> bytes:
    """The model written anew without what no device needs: names, descriptions, signatures, ranges, unused buffers."""
    slim = parse(data)
    slim.description = slim.metadata = slim.metadataBuffer = slim.signatureDefs = None
    buffers: dict[int, int] = {0: 0}
    for part in slim.subgraphs:
        part.name = None
        for tensor in part.tensors:
            tensor.name = None
            tensor.buffer = buffers.setdefault(tensor.buffer, len(buffers))
            if tensor.quantization:
                tensor.quantization.min = tensor.quantization.max = None
    slim.buffers = [slim.buffers[at] for at in buffers]
    builder = flatbuffers.Builder(len(data))
    builder.Finish(slim.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(index: int, tensor: Any, buffers: list[Any]) -> Tensor:
    stored, quantization = buffers[tensor.buffer].data, tensor.quantization
    return Tensor(
        index=index,
        name=_text(tensor.name),
        dtype=DTYPES[tensor.type],
        shape=_shape(tensor.shape),
        stored=b"" if stored is None else bytes(stored),
        scales=_array(quantization and quantization.scale),
        zero_points=_array(quantization and quantization.zeroPoint),
        channel_axis=quantization.quantizedDimension if quantization else 0,
    )


def _operator(operator: Any, codes: list[Any]) -> Operator:
    return Operator(_operator_name(codes[operator.opcodeIndex]), _indices(operator.inputs), _indices(operator.outputs))


def _operator_name(code: Any) -> str:
    """Files written before there were more than 127 operators have the number in the older field."""
    return OPERATORS.get(max(code.builtinCode, code.deprecatedBuiltinCode), "CUSTOM")


def _indices(found: Any) -> tuple[int, ...]:
    return tuple(int(index) for index in ([] if found is None else found) if index >= 0)


def _shape(found: Any) -> tuple[int, ...]:
    shape = tuple(int(size) for size in ([] if found is None or isinstance(found, int) else found))
    if any(size < 0 for size in shape):
        raise ValueError(f"a tensor of shape {shape}")
    return shape


def _array(found: Any) -> npt.NDArray[Any]:
    return np.asarray(found if isinstance(found, np.ndarray) else [])


def _text(found: Any) -> str:
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found or "")


def _numpy_dtype(name: str) -> np.dtype[Any]:
    """How the elements lie in the file; packed ones lie in bytes."""
    if name in PACKED_BITS:
        return np.dtype(np.uint8)
    return np.dtype(bfloat16) if name == "bfloat16" else np.dtype(name)


def _unpacked(packed: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.int8]:
    """Signed integers of `bits` each, the first in the lowest bits of its byte."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    raw = (packed[:, None] >> shifts) & ((1 << bits) - 1)
    signed = raw.astype(np.int8).reshape(-1)
    return np.where(signed >= 1 << (bits - 1), signed - (1 << bits), signed).astype(np.int8)
