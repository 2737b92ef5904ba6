"""Where the bytes of an ONNX file are."""

import hashlib
from collections import Counter

import onnx

from grader.cost.memory import stored_bytes
from grader.quantization import graph
from grader.quantization.graph import SMALL_ELEMENTS
from grader.report import Ledger

DATA_FIELDS = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")
NAMED = 5


def ledger(data: bytes) -> Ledger:
    """The account of a file. What is neither a tensor's content nor metadata counts as structure."""
    model = onnx.load_model_from_string(data)
    by_dtype: Counter[str] = Counter()
    copies: dict[str, int] = {}
    external_bytes, seen = 0, set()
    for name, tensor in graph.constants(model.graph).items():
        content = _content(tensor)
        external_bytes += _external_bytes(tensor)
        if content in seen:
            copies[name] = _payload_bytes(tensor)
        else:
            by_dtype[graph.dtype_name(tensor)] += _payload_bytes(tensor)
        seen.add(content)
    metadata_bytes = model.ByteSize() - len(graph.canonical_bytes(model))
    tensors = {dtype: count for dtype, count in by_dtype.most_common() if count}
    return Ledger(
        file_bytes=len(data),
        tensor_bytes=tensors,
        duplicate_bytes=sum(copies.values()),
        metadata_bytes=metadata_bytes,
        structure_bytes=len(data) - sum(tensors.values()) - sum(copies.values()) - metadata_bytes,
        external_bytes=external_bytes,
        duplicates=_largest(copies, model.graph),
    )


def _content(tensor: onnx.TensorProto) -> bytes:
    """What makes two tensors the same: type, shape and content, but not the name."""
    bare = onnx.TensorProto()
    bare.CopyFrom(tensor)
    for field in ("name", "doc_string", "metadata_props"):
        bare.ClearField(field)
    return hashlib.sha256(bare.SerializeToString(deterministic=True)).digest()


def _payload_bytes(tensor: onnx.TensorProto) -> int:
    """Bytes that the elements take in the file: raw, or as numbers of protobuf with a variable length."""
    if tensor.HasField("raw_data"):
        return len(tensor.raw_data)
    empty = onnx.TensorProto()
    empty.CopyFrom(tensor)
    for field in DATA_FIELDS:
        empty.ClearField(field)
    return int(tensor.ByteSize() - empty.ByteSize())


def _external_bytes(tensor: onnx.TensorProto) -> int:
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        return 0
    return stored_bytes(graph.element_count(tensor), graph.element_bits(tensor))


def _largest(copies: dict[str, int], entry: onnx.GraphProto) -> tuple[str, ...]:
    """Copies worth a name: scales and zero points are always alike."""
    stored = graph.constants(entry)
    worth = [name for name in copies if graph.element_count(stored[name]) >= SMALL_ELEMENTS]
    return tuple(sorted(worth, key=copies.__getitem__, reverse=True)[:NAMED])
