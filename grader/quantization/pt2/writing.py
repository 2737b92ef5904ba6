"""Writing a program as an archive that torch.export.load takes, with nothing in it that a loader would run."""

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from grader.quantization.pt2.program import Node, Program, Tensor
from grader.quantization.pt2.schema import DTYPES, STRIDED

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


def _node_json(node: Node) -> dict[str, Any]:
    return {
        "target": node.target,
        "inputs": list(node.arguments),
        "outputs": list(node.outputs),
        "metadata": {},
        "is_hop_single_tensor_return": None,
        "name": node.writes[0] if node.writes else None,
    }
