"""Refusals before anything is parsed."""

import pytest

from grader.challenge import Rules, TensorSpec
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.validate import validate
from tests.models import linear

RULES = Rules(
    input=TensorSpec(dtype="float32", shape=(None, 1, 28, 28)),
    output=TensorSpec(dtype="float32", shape=(None, 10)),
    max_bytes=100_000,
)


def test_it_lets_an_onnx_file_through() -> None:
    validate(Entry("model.onnx", linear().SerializeToString()), RULES.formats, RULES.max_bytes)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("model.onnx", b"", "file_empty"),
        ("model.onnx", b"\x08" + bytes(100_000), "file_too_large"),
        ("model.zip", b"PK\x03\x04" + bytes(100), "archive"),
        ("model.onnx", b"PK\x03\x04" + bytes(100), "archive"),
        ("model.onnx", b"\x1f\x8b\x08" + bytes(100), "archive"),
        ("model.pt", b"\x08\x07", "extension"),
        ("model", b"\x08\x07", "extension"),
        ("model.onnx", b"just some text\n", "not_the_format"),
    ],
)
def test_it_refuses_what_cannot_be_an_entry(name: str, data: bytes, code: str) -> None:
    with pytest.raises(EntryRejected) as refusal:
        validate(Entry(name, data), RULES.formats, RULES.max_bytes)

    assert refusal.value.code == code
