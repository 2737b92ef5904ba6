"""Hostile .pt2 files. What a loader of torch.export would run is refused or left behind; nothing here loads a file."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.challenge import TensorSpec
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.quantization import pt2
from grader.sandbox.base import Job, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.validate import validate
from tests.attacks.conftest import LIMITS
from tests.grader.challenges import RULES
from tests.pt2_models import MODEL, SAMPLE_INPUTS, WEIGHTS_CONFIG, bent, linear, members, packed

WEIGHTS = np.random.default_rng(0).standard_normal((784, 10)).astype(np.float32)
HONEST = pt2.canonical_bytes(pt2.read(pt2.canonical_bytes(linear(WEIGHTS))))
TAKES_PT2 = replace(RULES, formats=("onnx", "pt2"))
CANARY = "/tmp/karui-canary"


class Runs:
    """What a pickle that runs something looks like."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (f"open({CANARY!r}, 'w').close()",)


def code_of(attack: bytes) -> str:
    with pytest.raises(EntryRejected) as refusal:
        pt2.read(attack)
    return refusal.value.code


def graph_of(model: Any) -> Any:
    return model["graph_module"]["graph"]


def pickled_weight(config: Any) -> None:
    config["config"]["w0"]["use_pickle"] = True


def symbolic_size(model: Any) -> None:
    expression = {"as_expr": {"expr_str": "__import__('os').system('id')", "hint": {"as_int": 1}}}
    graph_of(model)["tensor_values"]["x"]["sizes"][0] = expression


def system_call(model: Any) -> None:
    graph_of(model)["nodes"][0]["target"] = "torch.serialization.os.system"


def file_as_tensor(model: Any) -> None:
    graph_of(model)["nodes"][0]["target"] = "torch.ops.aten.from_file.default"


def nested_graph(model: Any) -> None:
    graph_of(model)["nodes"][0]["inputs"][1]["arg"] = {"as_graph": {"name": "g", "graph": {}}}


def custom_object(model: Any) -> None:
    spec = {"custom_obj": {"arg": {"name": "o", "class_fqn": "x"}, "custom_obj_name": "o"}}
    model["graph_module"]["signature"]["input_specs"].insert(0, spec)


def argument_with_code(model: Any) -> None:
    graph_of(model)["nodes"][0]["inputs"][1]["name"] = "x); import os; (y"


def text_with_code(model: Any) -> None:
    graph_of(model)["nodes"][0]["inputs"][1]["arg"] = {"as_string": "'); import os #"}


def unknown_value(model: Any) -> None:
    graph_of(model)["nodes"][0]["inputs"][0]["arg"]["as_tensor"]["name"] = "nobody"


def weight_beyond_its_bytes(config: Any) -> None:
    config["config"]["w0"]["tensor_meta"]["strides"][0] = {"as_int": 1 << 40}


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        (WEIGHTS_CONFIG, pickled_weight, "pt2_pickle"),
        (MODEL, symbolic_size, "pt2_dynamic"),
        (MODEL, system_call, "pt2_operator"),
        (MODEL, file_as_tensor, "pt2_operator"),
        (MODEL, nested_graph, "pt2_code"),
        (MODEL, custom_object, "pt2_code"),
        (MODEL, argument_with_code, "pt2_code"),
        (MODEL, text_with_code, "pt2_code"),
        (MODEL, unknown_value, "pt2_damaged"),
        (WEIGHTS_CONFIG, weight_beyond_its_bytes, "pt2_damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_a_loader_would_run_is_refused(name: str, change: Callable[[Any], None], code: str) -> None:
    assert code_of(bent(HONEST, name, change)) == code


def test_compiled_code_in_the_archive_is_refused() -> None:
    files = members(HONEST) | {"model/data/aotinductor/model/kernel.so": b"\x7fELF"}

    assert code_of(packed(files)) == "pt2_code"


def guards(model: Any) -> None:
    model["guards_code"] = [f"open({CANARY!r}, 'w')"]


def names_with_code(model: Any) -> None:
    text = json.dumps(model).replace('"t2"', '"t2 = 0; import os; os.abort() #"')
    model.clear()
    model.update(json.loads(text))


def metadata(model: Any) -> None:
    graph_of(model)["nodes"][0]["metadata"] = {"nn_module_stack": "a,b,os.abort", "source_fn_stack": "os.abort"}
    model["graph_module"]["metadata"] = {"custom": "x"}
    model["range_constraints"] = {"__import__('os').abort()": {"min_val": 0, "max_val": 1}}


@pytest.mark.parametrize("change", [guards, names_with_code, metadata], ids=lambda change: change.__name__)
def test_text_that_a_loader_would_run_is_left_behind(change: Callable[[Any], None]) -> None:
    assert pt2.canonical_bytes(pt2.read(bent(HONEST, MODEL, change))) == HONEST


def test_a_pickle_among_the_sample_inputs_is_left_behind() -> None:
    attack = packed(members(HONEST) | {SAMPLE_INPUTS: pickle.dumps(Runs())})

    assert pt2.canonical_bytes(pt2.read(attack)) == HONEST


def pt2_entry(data: bytes) -> Entry:
    return Entry("entry.pt2", data)


def refusal_of(data: bytes) -> str:
    with pytest.raises(EntryRejected) as refusal:
        validate(pt2_entry(data), TAKES_PT2.formats, TAKES_PT2.max_bytes)
    return refusal.value.code


def test_an_honest_archive_is_let_through() -> None:
    validate(pt2_entry(HONEST), TAKES_PT2.formats, TAKES_PT2.max_bytes)


def test_an_archive_is_an_archive_where_the_format_is_not_taken() -> None:
    with pytest.raises(EntryRejected) as refusal:
        validate(pt2_entry(HONEST), RULES.formats, RULES.max_bytes)

    assert refusal.value.code == "archive"


def test_a_bomb_is_refused_before_anything_is_unpacked() -> None:
    assert refusal_of(packed({"model/zeros": bytes(64 * 2**20)}, zipfile.ZIP_DEFLATED)) == "archive_expands"


def test_an_archive_of_very_many_files_is_refused() -> None:
    assert refusal_of(packed({f"model/{at}": b"" for at in range(5000)})) == "archive_members"


def test_a_directory_that_says_it_is_longer_than_allowed_is_not_read() -> None:
    data = bytearray(HONEST)
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 1 << 30)

    assert refusal_of(bytes(data)) == "archive_members"


@pytest.mark.parametrize("cut", [30, 1000, -30])
def test_an_archive_that_is_cut_off_is_damaged(cut: int) -> None:
    assert refusal_of(HONEST[:cut]) == "pt2_damaged"


@pytest.mark.sandbox
def test_a_member_that_unpacks_to_more_than_it_says_is_contained(
    make_sandbox: Callable[..., BubblewrapSandbox],
) -> None:
    """Its header lies about its size, so the check outside lets it through."""
    files = members(HONEST)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content + bytes(32 * 2**20) * name.endswith("w0"))
    data = bytearray(buffer.getvalue())
    at = data.rfind(b"model/data/weights/w0") - 46  # the record in the directory, which names the size at 24
    struct.pack_into("<I", data, at + 24, len(files["model/data/weights/w0"]))

    outcome = make_sandbox().run(
        Job(
            task="grader.runtimes.pytorch:inspect",
            files={"model": bytes(data), "reference": b""},
            arguments={
                "input": msgspec.to_builtins(TensorSpec(dtype="float32", shape=(None, 1, 28, 28))),
                "output": msgspec.to_builtins(TensorSpec(dtype="float32", shape=(None, 10))),
                "weights": "any",
            },
            blob_bytes=1 << 20,
            limits=LIMITS,
        )
    )

    assert (outcome.verdict, outcome.code) == (Verdict.INVALID_MODEL, "pt2_damaged")
