"""Reading a .pt2 file without running it, and writing it anew with nothing in it that a loader would run.

A file of torch.export is a program: its loader unpickles, evaluates strings as expressions and guards, and generates
Python source in which names of the file stand. So nobody loads the file that was handed in. This module reads its
archive and its JSON as data, takes over what a graph of tensors needs (operators of ATen, numbers, shapes, raw
weights), gives every value a name of our own, and leaves the rest behind. Runs inside the sandbox, without torch.
"""

import io
import json
import math
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from ml_dtypes import bfloat16

from grader.errors import EntryRejected

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
OPERATOR = re.compile(r"torch\.ops\.(aten|quantized_decomposed)\.([a-z][a-z0-9_]*)\.([A-Za-z0-9_]+)")
GETITEM = "_operator.getitem"
READS_FILES = frozenset({"from_file"})
WORD = re.compile(r"[a-z_]{1,32}")
LITERALS = frozenset(
    "as_none as_int as_ints as_float as_floats as_bool as_bools as_scalar_type as_memory_format as_layout".split()
)
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


class Size(msgspec.Struct, frozen=True):
    """A known size; a symbolic one has another field, and is refused."""

    as_int: int


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


class Named(msgspec.Struct, frozen=True):
    """An argument of an operator."""

    name: str
    arg: dict[str, Any]
    kind: int | None = None


class FileNode(msgspec.Struct, frozen=True):
    """An operator of the graph."""

    target: str
    inputs: tuple[Named, ...]
    outputs: tuple[dict[str, Any], ...]


class FileGraph(msgspec.Struct, frozen=True):
    """The part of a graph that we take over."""

    inputs: tuple[dict[str, Any], ...]
    outputs: tuple[dict[str, Any], ...]
    nodes: tuple[FileNode, ...]
    tensor_values: dict[str, TensorMeta]


class Signature(msgspec.Struct, frozen=True):
    """Which inputs of the graph are stored tensors, and which one is the model's."""

    input_specs: tuple[dict[str, dict[str, Any]], ...]
    output_specs: tuple[dict[str, dict[str, Any]], ...]


class FileModule(msgspec.Struct, frozen=True):
    """graph_module."""

    graph: FileGraph
    signature: Signature


class File(msgspec.Struct, frozen=True):
    """models/….json."""

    graph_module: FileModule
    schema_version: dict[str, int]


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


def read(data: bytes) -> Program:
    """Read the archive as data. Raises EntryRejected for what a loader would run, and for what is broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Reader(archive).program()
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, NotImplementedError, RuntimeError) as error:
        raise EntryRejected("pt2_damaged") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise EntryRejected("pt2_damaged") from error


class _Reader:
    """Takes over one archive, and gives every value a name of our own."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = archive.namelist()
        models = [name for name in names if re.fullmatch(r"[^/]+/models/[^/]+\.json", name)]
        if len(models) != 1:
            raise EntryRejected("pt2_models", found=len(models))
        self._folder = models[0].partition("/")[0]
        self._model = models[0].rpartition("/")[2].removesuffix(".json")
        for name in names:
            if name.endswith((".so", ".cpp", ".cubin")) or "/aotinductor/" in name:
                raise EntryRejected("pt2_code", where=name)
        text = archive.read(models[0])
        if b'"as_expr"' in text:
            raise EntryRejected("pt2_dynamic")
        self._file = msgspec.json.decode(text, type=File)
        self._graph = self._file.graph_module.graph
        self._names: dict[str, str] = {}
        self._tensors: dict[str, Tensor] = {}

    def program(self) -> Program:
        """The graph, its stored tensors and its one input and output."""
        source = self._take_inputs()
        nodes = tuple(self._node(node) for node in self._graph.nodes)
        outputs = self._file.graph_module.signature.output_specs
        if len(outputs) != 1 or set(outputs[0]) != {"user_output"} or len(self._graph.outputs) != 1:
            raise EntryRejected("output_count", found=len(outputs))
        result = self._known(outputs[0]["user_output"]["arg"]["as_tensor"]["name"])
        return Program(self._tensors, nodes, source, result, self._file.schema_version)

    def _take_inputs(self) -> str:
        """Name the graph's inputs, load the stored ones, and give the name of the model's own."""
        payloads = self._payloads("weights") | self._payloads("constants")
        sources = []
        for spec in self._file.graph_module.signature.input_specs:
            (kind, fields), *more = spec.items()
            if more or kind not in ("parameter", "buffer", "tensor_constant", "user_input"):
                raise EntryRejected("pt2_code", where=kind)
            if kind == "user_input":
                sources.append(self._new(fields["arg"]["as_tensor"]["name"], "x"))
            else:
                prefix, payload = payloads[fields[f"{kind}_name"]]
                self._new(fields["arg"]["name"], f"w{len(self._tensors)}", self._bytes(prefix, payload), payload)
        if len(sources) != 1:
            raise EntryRejected("input_count", found=len(sources))
        return sources[0]

    def _payloads(self, kind: str) -> dict[str, tuple[str, Payload]]:
        folder = f"{self._folder}/data/{kind}"
        path = f"{folder}/{self._model}_{kind}_config.json"
        found = msgspec.json.decode(self._archive.read(path), type=Payloads)
        for name, payload in found.config.items():
            if payload.use_pickle:
                raise EntryRejected("pt2_pickle", where=name)
        return {name: (folder, payload) for name, payload in found.config.items()}

    def _bytes(self, folder: str, payload: Payload) -> bytes:
        return self._archive.read(f"{folder}/{payload.path_name}")

    def _new(self, name: str, ours: str, stored: bytes | None = None, payload: Payload | None = None) -> str:
        """Register a value under a name of ours. Raises ValueError for a second value of the same name."""
        if name in self._names:
            raise ValueError(f"two values are called {name}")
        meta = payload.tensor_meta if payload and payload.tensor_meta else self._graph.tensor_values[name]
        tensor = _tensor(ours, meta, stored)
        self._names[name], self._tensors[ours] = ours, tensor
        return ours

    def _known(self, name: str) -> str:
        return self._names[name]

    def _node(self, node: FileNode) -> Node:
        found = OPERATOR.fullmatch(node.target)
        if node.target != GETITEM and (found is None or found[2] in READS_FILES):
            raise EntryRejected("pt2_operator", operator=node.target[:100])
        arguments = tuple(self._argument(argument) for argument in node.inputs)
        reads = tuple(name for argument in arguments for name in _names_in(argument["arg"]))
        outputs = tuple(self._output(output) for output in node.outputs)
        writes = tuple(name for output in outputs for name in _names_in(output))
        return Node(node.target, reads, writes, arguments, outputs)

    def _argument(self, argument: Named) -> dict[str, Any]:
        if not WORD.fullmatch(argument.name.lower().rstrip("0123456789")):
            raise EntryRejected("pt2_code", where=argument.name[:100])
        return {"name": argument.name, "arg": self._value(argument.arg), "kind": argument.kind}

    def _value(self, value: dict[str, Any]) -> dict[str, Any]:
        """One argument, with our names in it; numbers pass, tensors must be known, text must be a plain word."""
        ((kind, content),) = value.items()
        match kind:
            case "as_tensor":
                return {kind: {"name": self._known(content["name"])}}
            case "as_tensors":
                return {kind: [{"name": self._known(item["name"])} for item in content]}
            case "as_string" if WORD.fullmatch(content):
                return value
            case "as_device" if content["type"] == "cpu":
                return {kind: {"type": "cpu", "index": None}}
            case _ if kind in LITERALS and _is_literal(content):
                return value
        raise EntryRejected("pt2_code", where=kind[:100])

    def _output(self, output: dict[str, Any]) -> dict[str, Any]:
        ((kind, content),) = output.items()
        match kind:
            case "as_tensor":
                return {kind: {"name": self._new(content["name"], f"t{len(self._tensors)}")}}
            case "as_tensors":
                return {kind: [{"name": self._new(item["name"], f"t{len(self._tensors)}")} for item in content]}
        raise EntryRejected("pt2_code", where=kind[:100])


def _tensor(name: str, meta: TensorMeta, stored: bytes | None) -> Tensor:
    """Raises ValueError where the stored bytes cannot hold what the shape says."""
    shape, strides = (tuple(size.as_int for size in sizes) for sizes in (meta.sizes, meta.strides))
    offset = meta.storage_offset.as_int
    if meta.layout != STRIDED or len(shape) != len(strides) or min((*shape, *strides, offset), default=0) < 0:
        raise ValueError(f"a tensor of shape {shape} and strides {strides}")
    tensor = Tensor(name, DTYPES[meta.dtype], shape, strides, offset, stored)
    if stored is not None:
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        if 0 in shape or last >= len(tensor.storage()):
            raise ValueError(f"{len(stored)} bytes cannot hold a tensor of shape {shape}")
    return tensor


def _is_literal(content: Any) -> bool:
    items = content if isinstance(content, list) else [content]
    return all(isinstance(item, bool | int | float) for item in items)


def _names_in(value: Mapping[str, Any]) -> list[str]:
    """Names of the tensors in an argument or an output, in order."""
    ((kind, content),) = value.items()
    if kind == "as_tensor":
        return [content["name"]]
    return [item["name"] for item in content] if kind == "as_tensors" else []


def canonical_bytes(program: Program) -> bytes:
    """The program as an archive that torch.export.load takes: raw weights, one graph, no pickle and no text of the
    file. Weights are stored as they are, JSON is deflated; this is also what counts as the model's size.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _write(archive, "archive_format", b"pt2")
        _write(archive, "archive_version", b"0")
        _write(archive, "byteorder", b"little")
        _write(archive, ".data/version", b"3\n")
        for tensor in program.stored():
            _write(archive, f"data/weights/{tensor.name}", tensor.stored or b"")
        weights = _json({"config": _payload_config(program)})
        _write(archive, "data/weights/model_weights_config.json", weights, zipfile.ZIP_DEFLATED)
        _write(archive, "data/constants/model_constants_config.json", _json({"config": {}}))
        _write(archive, "data/sample_inputs/model.pt", b"")
        _write(archive, "models/model.json", _json(_model(program)), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _write(archive: zipfile.ZipFile, name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> None:
    member = zipfile.ZipInfo(f"model/{name}")
    member.compress_type = compression
    archive.writestr(member, content)


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _meta(tensor: Tensor) -> dict[str, Any]:
    numbers = {name: number for number, name in DTYPES.items()}
    return {
        "dtype": numbers[tensor.dtype],
        "sizes": _sizes(tensor.shape),
        "requires_grad": False,
        "device": {"type": "cpu", "index": None},
        "strides": _sizes(tensor.strides),
        "storage_offset": {"as_int": tensor.offset},
        "layout": STRIDED,
    }


def _sizes(sizes: Sequence[int]) -> list[dict[str, int]]:
    return [{"as_int": size} for size in sizes]


def _payload_config(program: Program) -> dict[str, Any]:
    return {
        tensor.name: {"path_name": tensor.name, "is_param": False, "use_pickle": False, "tensor_meta": _meta(tensor)}
        for tensor in program.stored()
    }


def _model(program: Program) -> dict[str, Any]:
    stored = [tensor.name for tensor in program.stored()]
    source, result = {"as_tensor": {"name": program.source}}, {"as_tensor": {"name": program.result}}
    graph = {
        "inputs": [*({"as_tensor": {"name": name}} for name in stored), source],
        "outputs": [result],
        "nodes": [_node_json(node) for node in program.nodes],
        "tensor_values": {name: _meta(tensor) for name, tensor in program.tensors.items()},
        "sym_int_values": {},
        "sym_bool_values": {},
        "is_single_tensor_return": False,
        "custom_obj_values": {},
        "sym_float_values": {},
    }
    buffers = [{"buffer": {"arg": {"name": name}, "buffer_name": name, "persistent": True}} for name in stored]
    signature = {
        "input_specs": [*buffers, {"user_input": {"arg": source}}],
        "output_specs": [{"user_output": {"arg": result}}],
    }
    return {
        "graph_module": {
            "graph": graph,
            "signature": signature,
            "module_call_graph": [{"fqn": "", "signature": CALL}],
            "metadata": {},
            "treespec_namedtuple_fields": {},
        },
        "opset_version": {"aten": 10},
        "range_constraints": {},
        "schema_version": {name: int(program.schema_version[name]) for name in ("major", "minor")},
        "verifiers": ["TRAINING"],
        "torch_version": "",
        "guards_code": [],
    }


LEAF = '{"type": null, "context": null, "children_spec": []}'
TUPLE = '{"type": "builtins.tuple", "context": "null", "children_spec": [%s]}'
DICT = '{"type": "builtins.dict", "context": "[]", "children_spec": []}'
CALL = {
    "inputs": [],
    "outputs": [],
    "in_spec": "[1, " + TUPLE % f"{TUPLE % LEAF}, {DICT}" + "]",
    "out_spec": f"[1, {LEAF}]",
    "forward_arg_names": ["x"],
}
"""One tensor in, one tensor out: how every model here is called."""


def _node_json(node: Node) -> dict[str, Any]:
    return {
        "target": node.target,
        "inputs": list(node.arguments),
        "outputs": list(node.outputs),
        "metadata": {},
        "is_hop_single_tensor_return": None,
        "name": node.writes[0] if node.writes else None,
    }
