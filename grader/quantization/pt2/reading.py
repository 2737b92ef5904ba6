"""Taking a program over from the archive that was handed in: the graph, the stored tensors, and no text of the file.

What the file's content can get wrong is checked where it is read, and each check raises EntryRejected. Any other
exception is a mistake of ours.
"""

import math
import re
import zipfile
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from grader.errors import EntryRejected
from grader.quantization.pt2 import archive
from grader.quantization.pt2.program import OPERATOR, Node, Program, Tensor, numpy_dtype
from grader.quantization.pt2.schema import (
    DTYPES,
    LITERALS,
    STRIDED,
    Device,
    File,
    FileNode,
    Named,
    Payload,
    Payloads,
    Reference,
    StoredInput,
    Tagged,
    TensorMeta,
    UserValue,
)

T = TypeVar("T")

GETITEM = "_operator.getitem"
READS_FILES = frozenset({"from_file"})
WORD = re.compile(r"[a-z_]{1,32}")
MODEL = re.compile(r"([^/]+)/models/([^/]+)\.json")
NAME_CHARS = 100  # of the file's own text in a refusal


def read(data: bytes) -> Program:
    """Read the archive as data. Raises EntryRejected for what a loader would run, and for what is broken."""
    with archive.opened(data) as opened:
        names = opened.namelist()
        refuse_compiled_code(names)
        models = [found for found in map(MODEL.fullmatch, names) if found]
        if len(models) != 1:
            raise EntryRejected("pt2_models", found=len(models))
        text = archive.read(opened, models[0][0])
        if b'"as_expr"' in text:
            raise EntryRejected("pt2_dynamic")
        stored = Stored(opened, folder=models[0][1], model=models[0][2])
        return _Reader(archive.decoded(text, File), stored).program()


def refuse_compiled_code(names: list[str]) -> None:
    """Raise EntryRejected for a member that AOTInductor writes."""
    for name in names:
        if name.endswith((".so", ".cpp", ".cubin")) or "/aotinductor/" in name:
            raise EntryRejected("pt2_code", where=name[:NAME_CHARS])


class Stored:
    """The tensors that an archive stores, by the names of its two lists."""

    def __init__(self, opened: zipfile.ZipFile, folder: str, model: str) -> None:
        self._archive = opened
        self._payloads: dict[str, tuple[str, Payload]] = {}
        for kind in ("weights", "constants"):
            prefix = f"{folder}/data/{kind}"
            text = archive.read(opened, f"{prefix}/{model}_{kind}_config.json")
            for name, payload in archive.decoded(text, Payloads).config.items():
                if payload.use_pickle:
                    raise EntryRejected("pt2_pickle", where=name[:NAME_CHARS])
                self._payloads[name] = prefix, payload

    def tensor(self, name: str) -> tuple[bytes, TensorMeta | None]:
        """The raw bytes and, where the list says it, their form. Raises EntryRejected for what is not stored."""
        if name not in self._payloads:
            raise EntryRejected("pt2_damaged")
        prefix, payload = self._payloads[name]
        return archive.read(self._archive, f"{prefix}/{payload.path_name}"), payload.tensor_meta


class _Reader:
    """Takes over one graph, and gives every value a name of our own."""

    def __init__(self, file: File, stored: Stored) -> None:
        self._file = file
        self._graph = file.graph_module.graph
        self._stored = stored
        self._names: dict[str, str] = {}
        self._tensors: dict[str, Tensor] = {}

    def program(self) -> Program:
        """The graph, its stored tensors and its one input and output."""
        source = self._take_inputs()
        nodes = tuple(map(self._node, self._graph.nodes))
        version = {"major": self._file.schema_version.major, "minor": self._file.schema_version.minor}
        return Program(self._tensors, nodes, source, self._result(), version)

    def _take_inputs(self) -> str:
        """Name the graph's inputs, load the stored ones, and give the name of the model's own."""
        sources = []
        for kind, content in map(_only, self._file.graph_module.signature.input_specs):
            match kind:
                case "user_input":
                    sources.append(self._new(_formed(content, UserValue).arg.as_tensor, "x"))
                case "parameter" | "buffer" | "tensor_constant":
                    given = _formed(content, StoredInput)
                    self._new(given.arg, f"w{len(self._tensors)}", *self._stored.tensor(given.stored_name))
                case _:
                    raise EntryRejected("pt2_code", where=kind[:NAME_CHARS])
        if len(sources) != 1:
            raise EntryRejected("input_count", found=len(sources))
        return sources[0]

    def _result(self) -> str:
        outputs = self._file.graph_module.signature.output_specs
        if len(outputs) != 1 or set(outputs[0]) != {"user_output"} or len(self._graph.outputs) != 1:
            raise EntryRejected("output_count", found=len(outputs))
        return self._known(_formed(outputs[0]["user_output"], UserValue).arg.as_tensor)

    def _new(self, value: Reference, ours: str, raw: bytes | None = None, meta: TensorMeta | None = None) -> str:
        """Register a value under a name of ours. Raises EntryRejected for one that is known, or of no form."""
        meta = meta or self._graph.tensor_values.get(value.name)
        if meta is None or value.name in self._names:
            raise EntryRejected("pt2_damaged")
        self._names[value.name], self._tensors[ours] = ours, _tensor(ours, meta, raw)
        return ours

    def _known(self, value: Reference) -> str:
        """Our name of a value. Raises EntryRejected where nothing before has made it."""
        if value.name not in self._names:
            raise EntryRejected("pt2_damaged")
        return self._names[value.name]

    def _node(self, node: FileNode) -> Node:
        found = OPERATOR.fullmatch(node.target)
        if node.target != GETITEM and (found is None or found[2] in READS_FILES):
            raise EntryRejected("pt2_operator", operator=node.target[:NAME_CHARS])
        arguments = tuple(map(self._argument, node.inputs))
        reads = tuple(name for argument in arguments for name in _names_in(argument["arg"]))
        outputs = tuple(map(self._output, node.outputs))
        writes = tuple(name for output in outputs for name in _names_in(output))
        return Node(node.target, reads, writes, arguments, outputs)

    def _argument(self, argument: Named) -> dict[str, Any]:
        if not WORD.fullmatch(argument.name.lower().rstrip("0123456789")):
            raise EntryRejected("pt2_code", where=argument.name[:NAME_CHARS])
        return {"name": argument.name, "arg": self._value(argument.arg), "kind": argument.kind}

    def _value(self, value: Tagged) -> Tagged:
        """One argument, with our names in it; numbers pass, tensors must be known, text must be a plain word."""
        kind, content = _only(value)
        match kind:
            case "as_tensor":
                return {kind: {"name": self._known(_formed(content, Reference))}}
            case "as_tensors":
                return {kind: [{"name": self._known(item)} for item in _formed(content, list[Reference])]}
            case "as_string" if WORD.fullmatch(_formed(content, str)):
                return value
            case "as_device" if _formed(content, Device).type == "cpu":
                return {kind: {"type": "cpu", "index": None}}
            case _ if kind in LITERALS and _is_literal(content):
                return value
        raise EntryRejected("pt2_code", where=kind[:NAME_CHARS])

    def _output(self, output: Tagged) -> Tagged:
        kind, content = _only(output)
        match kind:
            case "as_tensor":
                return {kind: self._computed(_formed(content, Reference))}
            case "as_tensors":
                return {kind: [self._computed(item) for item in _formed(content, list[Reference])]}
        raise EntryRejected("pt2_code", where=kind[:NAME_CHARS])

    def _computed(self, value: Reference) -> dict[str, str]:
        return {"name": self._new(value, f"t{len(self._tensors)}")}


def _only(tagged: Tagged) -> tuple[str, Any]:
    """Kind and content of a union. Raises EntryRejected where it is not just one."""
    if len(tagged) != 1:
        raise EntryRejected("pt2_damaged")
    return next(iter(tagged.items()))


def _formed(content: Any, form: type[T]) -> T:
    """The content of a union in the form of its kind. Raises EntryRejected where it has another."""
    try:
        return msgspec.convert(content, form)
    except msgspec.ValidationError as error:
        raise EntryRejected("pt2_damaged") from error


def _tensor(name: str, meta: TensorMeta, raw: bytes | None) -> Tensor:
    """Raises EntryRejected for a form that no tensor here has, or one that the stored bytes cannot fill."""
    shape, strides = (tuple(size.as_int for size in sizes) for sizes in (meta.sizes, meta.strides))
    if meta.dtype not in DTYPES or meta.layout != STRIDED or len(shape) != len(strides):
        raise EntryRejected("pt2_damaged")
    tensor = Tensor(name, DTYPES[meta.dtype], shape, strides, meta.storage_offset.as_int, raw)
    if raw is not None and not _fills(raw, tensor):
        raise EntryRejected("pt2_damaged")
    return tensor


def _fills(raw: bytes, tensor: Tensor) -> bool:
    """Whether the bytes are whole elements and reach to the last one of the shape."""
    elements, rest = divmod(len(raw), numpy_dtype(tensor.dtype).itemsize)
    steps = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((size - 1) * stride for size, stride in steps)
    return rest == 0 and math.prod(tensor.shape) > 0 and last < elements


def _is_literal(content: Any) -> bool:
    items = content if isinstance(content, list) else [content]
    return all(isinstance(item, bool | int | float) for item in items)


def _names_in(value: Mapping[str, Any]) -> list[str]:
    """Names of the tensors in an argument or an output, in order."""
    kind, content = next(iter(value.items()))
    if kind == "as_tensor":
        return [content["name"]]
    return [item["name"] for item in content] if kind == "as_tensors" else []
