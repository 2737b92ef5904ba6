"""The form of the JSON in a .pt2 file, as far as we take it over; other fields are left behind.

Source: torch/_export/serde/schema.py of PyTorch, schema version 8.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

DTYPES: Mapping[int, str] = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
}
"""Numbers of element types in the format, in numpy's words."""

STRIDED = 7
LITERALS = frozenset(
    "as_none as_int as_ints as_float as_floats as_bool as_bools as_scalar_type as_memory_format as_layout".split()
)
"""Kinds of arguments that are numbers and nothing else."""

Natural = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
"""A count of elements: no file that is taken holds more, and what numpy makes of one in bytes fits 64 bits."""

Tagged = dict[str, Any]
"""A union: its one key is the kind, its value the content."""


class Size(msgspec.Struct, frozen=True):
    """A known size; a symbolic one has another field, and is refused."""

    as_int: Natural


class TensorMeta(msgspec.Struct, frozen=True):
    """Element type and shape of a value, as the file claims."""

    dtype: int
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...]
    storage_offset: Size
    layout: int


class Payload(msgspec.Struct, frozen=True):
    """Where the raw bytes of a stored tensor lie."""

    path_name: str
    use_pickle: bool
    tensor_meta: TensorMeta | None = None


class Payloads(msgspec.Struct, frozen=True):
    """model_weights_config.json or model_constants_config.json."""

    config: dict[str, Payload]


class Reference(msgspec.Struct, frozen=True):
    """A value of the graph, by its name."""

    name: str


class Device(msgspec.Struct, frozen=True):
    """Where an operator puts its result."""

    type: str


class Named(msgspec.Struct, frozen=True):
    """An argument of an operator."""

    name: str
    arg: Tagged
    kind: int | None = None


class FileNode(msgspec.Struct, frozen=True):
    """An operator of the graph."""

    target: str
    inputs: tuple[Named, ...]
    outputs: tuple[Tagged, ...]


class FileGraph(msgspec.Struct, frozen=True):
    """The part of a graph that we take over."""

    outputs: tuple[Tagged, ...]
    nodes: tuple[FileNode, ...]
    tensor_values: dict[str, TensorMeta]


class StoredInput(msgspec.Struct, frozen=True):
    """An input of the graph that is a stored tensor, and the name it is stored under: one of three."""

    arg: Reference
    parameter_name: str = ""
    buffer_name: str = ""
    tensor_constant_name: str = ""

    @property
    def stored_name(self) -> str:
        """The one that is given."""
        return self.parameter_name or self.buffer_name or self.tensor_constant_name


class TensorArgument(msgspec.Struct, frozen=True):
    """A tensor among the things that may be given to a model or come out of it."""

    as_tensor: Reference


class UserValue(msgspec.Struct, frozen=True):
    """An input or output of the model itself."""

    arg: TensorArgument


class Signature(msgspec.Struct, frozen=True):
    """Which inputs of the graph are stored tensors, and which one is the model's."""

    input_specs: tuple[Tagged, ...]
    output_specs: tuple[Tagged, ...]


class FileModule(msgspec.Struct, frozen=True):
    """graph_module."""

    graph: FileGraph
    signature: Signature


class SchemaVersion(msgspec.Struct, frozen=True):
    """schema_version."""

    major: int
    minor: int


class File(msgspec.Struct, frozen=True):
    """models/….json."""

    graph_module: FileModule
    schema_version: SchemaVersion
