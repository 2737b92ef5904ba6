"""Small .pt2 files for tests, written without torch: an honest one, and ways to bend it."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.quantization import pt2
from tests.models import CLASSES

PIXELS = 28 * 28
MODEL = "model/models/model.json"
WEIGHTS_CONFIG = "model/data/weights/model_weights_config.json"
SAMPLE_INPUTS = "model/data/sample_inputs/model.pt"


def linear(weights: npt.NDArray[Any]) -> pt2.Program:
    """Flatten and one matrix [pixels, classes]: what `tests.models.linear` is as ONNX."""
    weight = pt2.Tensor("w0", "float32", (CLASSES, PIXELS), (PIXELS, 1), stored=weights.T.astype(np.float32).tobytes())
    image = pt2.Tensor("x", "float32", (1, 1, 28, 28), (PIXELS, PIXELS, 28, 1))
    flat = pt2.Tensor("t0", "float32", (1, PIXELS), (PIXELS, 1))
    logits = pt2.Tensor("t1", "float32", (1, CLASSES), (CLASSES, 1))
    flatten = _node("flatten.using_ints", flat, {"self": image}, {"start_dim": {"as_int": 1}})
    product = _node("linear.default", logits, {"input": flat, "weight": weight}, {})
    tensors = {tensor.name: tensor for tensor in (weight, image, flat, logits)}
    return pt2.Program(tensors, (flatten, product), "x", "t1", {"major": 8, "minor": 20})


def _node(
    operator: str, result: pt2.Tensor, tensors: Mapping[str, pt2.Tensor], literals: Mapping[str, Any]
) -> pt2.Node:
    given = {name: {"as_tensor": {"name": tensor.name}} for name, tensor in tensors.items()} | dict(literals)
    arguments = tuple({"name": name, "arg": argument, "kind": 1} for name, argument in given.items())
    reads = tuple(tensor.name for tensor in tensors.values())
    output = {"as_tensor": {"name": result.name}}
    return pt2.Node(f"torch.ops.aten.{operator}", reads, (result.name,), arguments, (output,))


def members(archive: bytes) -> dict[str, bytes]:
    """The files of an archive by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def bent(archive: bytes, name: str, change: Callable[[Any], None]) -> bytes:
    """The archive with one of its JSON files changed."""
    files = members(archive)
    content = json.loads(files[name])
    change(content)
    return packed(files | {name: json.dumps(content).encode()})
