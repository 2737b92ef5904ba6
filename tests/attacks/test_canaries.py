"""Secrets of the parent, looked for from inside: its environment, its files, its labels."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox.base import Job, Outcome
from grader.sandbox.bubblewrap import BubblewrapSandbox, Filters
from tests.attacks import models
from tests.attacks.conftest import LIMITS, NO_FILTERS, Run

pytestmark = pytest.mark.sandbox


def inverted(needle: bytes) -> str:
    """The needle, so written that the question does not contain it."""
    return bytes(byte ^ 0xFF for byte in needle).hex()


@pytest.fixture
def labels() -> np.ndarray:
    """The labels of a hidden split, alive in the parent's memory and known by a mark of 32 random bytes."""
    mark = np.frombuffer(secrets.token_bytes(32), dtype=np.int64)
    return np.concatenate([mark, np.arange(10_000)])


def test_labels_are_nowhere_inside(
    labels: np.ndarray, run_program: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needle = labels[:4].tobytes()
    monkeypatch.chdir(tmp_path)
    labels.tofile("labels.bin")
    monkeypatch.setenv("KARUI_TEST_LABELS", needle.hex())
    inherited = os.memfd_create("labels", 0)
    os.write(inherited, labels.tobytes())
    os.set_inheritable(inherited, True)
    try:
        seen = run_program("look_around", arguments={"inverted_needle": inverted(needle)})
        searched = run_program("search_own_memory", arguments={"inverted_needle": inverted(needle)})
    finally:
        os.close(inherited)

    assert seen.reply["hits"] == []
    assert searched.reply == {"found": []}
    assert needle.hex() not in json.dumps(seen.reply)
    assert not any("labels" in path or str(tmp_path) in path for path in seen.reply["files"])


def test_the_search_finds_what_is_there(make_sandbox: Callable[..., BubblewrapSandbox]) -> None:
    needle = secrets.token_bytes(32)
    job = Job(
        task="inside_programs:search_own_memory",
        files={"secret": needle},
        arguments={"inverted_needle": inverted(needle)},
        limits=LIMITS,
    )

    outcome = make_sandbox(filters=Filters(lock=False)).run(job)

    assert len(outcome.reply["found"]) > 0, "the control: handed in on purpose, it is found"


def test_the_environment_is_ours(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary-of-the-environment")

    outcome = run_program("look_around", arguments={"inverted_needle": inverted(b"canary-of-the-environment")})

    assert "SECRET_KEY" not in outcome.reply["environment"]
    assert outcome.reply["environment"]["ORT_DISABLE_TELEMETRY"] == "1"
    assert len(outcome.reply["environment"]) <= 15
    assert outcome.reply["hits"] == []


def test_only_the_job_s_descriptors_are_open(run_program: Run) -> None:
    outcome = run_program("look_around", arguments={"inverted_needle": inverted(b"nothing to be found")})

    kinds = sorted(outcome.reply["descriptors"].values())
    # stdin and what Python opens itself; log twice, control, answer; input, output and fresh, each once more mapped
    assert kinds.count("device") <= 2
    assert kinds.count("pipe") == 4
    assert kinds.count("file") <= 6


def test_only_its_own_processes_are_there(run_program: Run) -> None:
    outcome = run_program("look_around", arguments={"inverted_needle": inverted(b"nothing to be found")})

    assert outcome.reply["pids"] in ([1, 2], [2])
    assert not any(path.startswith("/proc/") and path != "/proc/cpuinfo" for path in outcome.reply["files"])


def run_model_without_filters(make_sandbox: Callable[..., BubblewrapSandbox], *, telemetry: bool) -> Outcome:
    """Run a model where files could be written, and list what was written."""
    job = Job(
        task="inside_telemetry:run_and_list_home",
        files={"model": models.honest()},
        arguments={"telemetry": telemetry},
        tensors={models.INPUT: np.zeros((1, 4), dtype=np.float32)},
        limits=LIMITS,
    )
    return make_sandbox(filters=NO_FILTERS).run(job)


def test_the_runtime_writes_no_telemetry_inside_or_outside(
    make_sandbox: Callable[..., BubblewrapSandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)

    outcome = run_model_without_filters(make_sandbox, telemetry=False)

    assert outcome.reply == {"files": []}
    assert list(tmp_path.rglob("*")) == []


def test_the_telemetry_would_be_seen(make_sandbox: Callable[..., BubblewrapSandbox]) -> None:
    outcome = run_model_without_filters(make_sandbox, telemetry=True)

    assert any("onnxruntime" in path for path in outcome.reply["files"]), "the control: with it on, files appear"
