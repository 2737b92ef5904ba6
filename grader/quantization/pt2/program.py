"""The graph of a .pt2 file: values by name, operators in order, and where an operator's weights are stored."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from ml_dtypes import bfloat16

OPERATOR = re.compile(r"torch\.ops\.(aten|quantized_decomposed)\.([a-z][a-z0-9_]*)\.([A-Za-z0-9_]+)")
WEIGHT_INPUT: Mapping[str, int] = {
    "conv1d": 1,
    "conv2d": 1,
    "convolution": 1,
    "conv_transpose2d": 1,
    "linear": 1,
    "addmm": 2,
    "mm": 1,
    "bmm": 1,
    "matmul": 1,
}
"""Which tensor of a computing operator's inputs carries its weights."""

PASSES_ON = frozenset(
    "to _to_copy mul view reshape permute transpose t clone contiguous dequantize_per_tensor"
    " dequantize_per_channel".split()
)
"""Operators through which a stored weight may reach its user: the first input of each goes on."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One value of the graph. stored: the bytes of its storage, None for what is computed."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    stored: bytes | None = field(default=None, repr=False)

    @property
    def nbytes(self) -> int:
        """Bytes of its elements."""
        return math.prod(self.shape) * numpy_dtype(self.dtype).itemsize

    def storage(self) -> npt.NDArray[Any]:
        """Every stored element, in the order of the file."""
        return np.frombuffer(self.stored or b"", numpy_dtype(self.dtype))

    def values(self) -> npt.NDArray[Any]:
        """The stored elements in the tensor's shape."""
        storage = self.storage()[self.offset :]
        steps = tuple(stride * storage.itemsize for stride in self.strides)
        return np.lib.stride_tricks.as_strided(storage, self.shape, steps, writeable=False)


@dataclass(frozen=True, slots=True)
class Node:
    """One operator. reads, writes: names of values; arguments: as JSON, with our names in it."""

    target: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    arguments: tuple[dict[str, Any], ...] = field(repr=False)
    outputs: tuple[dict[str, Any], ...] = field(repr=False)

    @property
    def operator(self) -> str:
        """The operator's short name, such as "conv2d"."""
        found = OPERATOR.fullmatch(self.target)
        return found[2] if found else "getitem"


@dataclass(frozen=True, slots=True)
class Program:
    """A whole graph: values by name, operators in order of execution."""

    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    source: str
    result: str
    schema_version: Mapping[str, int]

    def stored(self) -> list[Tensor]:
        """The stored tensors."""
        return [tensor for tensor in self.tensors.values() if tensor.stored is not None]

    def weight_source(self, name: str) -> Tensor | None:
        """The stored tensor behind a weight, through dequantizing and reshaping; None if it is computed."""
        makers = {output: node for node in self.nodes for output in node.writes}
        for _ in range(len(self.nodes) + 1):
            if self.tensors[name].stored is not None:
                return self.tensors[name]
            maker = makers.get(name)
            if maker is None or maker.operator not in PASSES_ON or not maker.reads:
                return None
            name = maker.reads[0]
        return None

    def weighted(self) -> Iterator[tuple[Node, Tensor | None]]:
        """Each computing operator with the stored tensor that it takes its weights from."""
        for node in self.nodes:
            position = WEIGHT_INPUT.get(node.operator)
            if position is not None and len(node.reads) > position:
                yield node, self.weight_source(node.reads[position])


def numpy_dtype(name: str) -> np.dtype[Any]:
    """numpy's element type of that name, or the one that numpy lacks."""
    return np.dtype(bfloat16) if name == "bfloat16" else np.dtype(name)
