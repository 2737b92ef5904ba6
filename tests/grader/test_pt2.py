"""A .pt2 file that is broken: whatever is wrong with its content, the refusal says so and no other error comes out."""

import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from grader.errors import EntryRejected
from grader.quantization import pt2
from grader.quantization.pt2 import archive
from tests.pt2_models import MODEL, WEIGHTS_CONFIG, bent, linear, members, packed

HONEST = pt2.canonical_bytes(linear(np.ones((784, 10), np.float32)))
WEIGHT = "model/data/weights/w0"
FILES = members(HONEST)
DEFLATED = packed(FILES, zipfile.ZIP_DEFLATED)


def changed(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def without(name: str) -> bytes:
    return packed({other: content for other, content in FILES.items() if other != name})


def in_the_directory(name: str, field: int, value: int) -> bytes:
    """One byte of the archive's record about a member."""
    return changed(HONEST, HONEST.rfind(name.encode()) - 46 + field, value)


ARCHIVES = {
    "no archive": b"PK\x03\x04 and nothing else",
    "cut off": HONEST[:-30],
    "encrypted": in_the_directory(WEIGHT, 8, 1),
    "of a later version of the format": in_the_directory(WEIGHT, 6, 255),
    "packed in a way that torch does not read": packed(FILES, zipfile.ZIP_BZIP2),
    "packed in an unknown way": in_the_directory(WEIGHT, 10, 77),
    "with a broken stream": changed(DEFLATED, DEFLATED.find(MODEL.encode()) + len(MODEL), 255),
    "with changed bytes": changed(HONEST, HONEST.find(WEIGHT.encode()) + 1000, 7),
    "without a list of weights": without(WEIGHTS_CONFIG),
    "without the bytes of a weight": without(WEIGHT),
    "with no JSON": packed(FILES | {MODEL: b"graph"}),
    "with JSON that is no text": packed(FILES | {MODEL: b'{"\xff": 0}'}),
    "with JSON without end": packed(FILES | {MODEL: b'{"graph_module": ' + b"[" * 100_000}),
    "with JSON of another form": packed(FILES | {MODEL: b'{"graph_module": 1}'}),
}


@pytest.mark.parametrize("data", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_cannot_be_read_is_damaged(data: bytes) -> None:
    assert refusal(data) == "pt2_damaged"


def refusal(data: bytes) -> str:
    with pytest.raises(EntryRejected) as refused:
        pt2.read(data)
    return refused.value.code


Json = Any


def form_of_x(model: Json) -> Json:
    return model["graph_module"]["graph"]["tensor_values"]["x"]


def first_node(model: Json) -> Json:
    return model["graph_module"]["graph"]["nodes"][0]


def signature(model: Json) -> Json:
    return model["graph_module"]["signature"]


CONTRADICTIONS: dict[str, Callable[[Json], Any]] = {
    "an element type that numpy lacks": lambda model: form_of_x(model).update(dtype=99),
    "a layout that is not strided": lambda model: form_of_x(model).update(layout=1),
    "fewer strides than sizes": lambda model: form_of_x(model)["strides"].pop(),
    "a size below zero": lambda model: form_of_x(model)["sizes"][0].update(as_int=-1),
    "a value without a form": lambda model: model["graph_module"]["graph"]["tensor_values"].pop("x"),
    "two values of one name": lambda model: first_node(model)["outputs"].append({"as_tensor": {"name": "x"}}),
    "a value that nothing makes": lambda model: first_node(model)["inputs"][0].update(arg={"as_tensor": {"name": "y"}}),
    "an argument of two kinds": lambda model: first_node(model)["inputs"][0]["arg"].update(as_int=1),
    "an argument of no kind": lambda model: first_node(model)["inputs"][0].update(arg={}),
    "a tensor that is a text": lambda model: first_node(model)["inputs"][0].update(arg={"as_tensor": "x"}),
    "tensors that are a number": lambda model: first_node(model).update(outputs=[{"as_tensors": 1}]),
    "a text that is a number": lambda model: first_node(model)["inputs"][1].update(arg={"as_string": 1}),
    "a device that is a text": lambda model: first_node(model)["inputs"][1].update(arg={"as_device": "cpu"}),
    "a weight that is not stored": lambda model: signature(model)["input_specs"][0]["buffer"].update(buffer_name="w9"),
    "a weight of no name": lambda model: signature(model)["input_specs"][0]["buffer"].pop("buffer_name"),
    "a result that is a number": lambda model: signature(model)["output_specs"][0].update(
        user_output={"arg": {"as_int": 1}}
    ),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_graph_that_contradicts_itself_is_damaged(change: Callable[[Json], Any]) -> None:
    assert refusal(bent(HONEST, MODEL, change)) == "pt2_damaged"


@pytest.mark.parametrize(
    "raw", [FILES[WEIGHT][:-4], FILES[WEIGHT] + b"\0", b""], ids=["too few", "half an element", "none"]
)
def test_bytes_that_are_not_the_weights_of_that_shape_are_damaged(raw: bytes) -> None:
    assert refusal(packed(FILES | {WEIGHT: raw})) == "pt2_damaged"


def test_a_mistake_of_ours_is_not_put_on_the_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(archive, "decoded", mistaken)

    with pytest.raises(KeyError, match="ours"):
        pt2.read(HONEST)


def with_bytes_changed(chance: random.Random) -> bytes:
    """Up to eight bytes, half of them in the directory at the end; some are cut off besides."""
    data = bytearray(chance.choice([HONEST, DEFLATED]))
    for _ in range(chance.choice([1, 2, 8])):
        at = chance.choice([chance.randrange(len(data)), len(data) - chance.randint(1, 1000)])
        data[at] = chance.choice([0, 255, data[at] ^ 1 << chance.randrange(8)])
    return bytes(data[: chance.randrange(len(data))] if chance.random() < 0.1 else data)


def with_json_changed(chance: random.Random) -> bytes:
    """One place of the graph or of the list of weights left out, or with something else in it."""

    def change(content: Json) -> None:
        holder, key = chance.choice(list(places(content)))
        if chance.random() < 0.3:
            del holder[key]
        else:
            holder[key] = chance.choice([None, -1, 2**40, 10**30, 0.5, "", "x", [], {}, [{}], {"as_int": 1}])

    return bent(HONEST, chance.choice([MODEL, WEIGHTS_CONFIG]), change)


def places(content: Json) -> Iterator[tuple[Json, Any]]:
    """Every container inside, with each of its keys."""
    for key in content if isinstance(content, dict) else range(len(content)):
        yield content, key
        if isinstance(content[key], dict | list):
            yield from places(content[key])


@pytest.mark.parametrize("mutated", [with_bytes_changed, with_json_changed])
def test_it_reads_or_refuses_whatever_is_changed(mutated: Callable[[random.Random], bytes]) -> None:
    outcomes = Counter(
        outcome(mutated(random.Random(seed)))  # noqa: S311 - the same every time
        for seed in range(150)
    )

    assert outcomes["read"], "some changes are harmless"
    assert outcomes["pt2_damaged"], "and some are not"


def outcome(data: bytes) -> str:
    try:
        pt2.canonical_bytes(pt2.read(data))
    except EntryRejected as refused:
        return refused.code
    return "read"
