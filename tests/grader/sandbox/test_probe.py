"""A machine that cannot cage a model says so, names the command, and runs nothing."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import wording
from grader.errors import SandboxUnavailable
from grader.sandbox import open_sandbox, probe
from grader.sandbox.__main__ import main
from grader.sandbox.base import Job, Outcome, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox, Filters, Privilege
from grader.sandbox.mounts import python_view


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Probe afresh, and let nobody else see what was found here."""
    probe._found.cache_clear()
    yield
    probe._found.cache_clear()


class Scripted:
    """A sandbox whose every job ends as told."""

    backend = "scripted"

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = iter(outcomes)

    def run(self, job: Job) -> Outcome:
        """The next outcome of the script."""
        return next(self._outcomes)


def ended(verdict: Verdict, **params: str) -> Outcome:
    """An outcome of which only the end matters."""
    return Outcome(verdict=verdict, params=params)


@pytest.mark.sandbox
def test_this_machine_s_sandbox_was_seen_to_hold() -> None:
    capability = probe.probe()
    if capability.backend == "none":
        pytest.skip(f"no sandbox here: {[missing.code for missing in capability.missing]}")

    assert capability.backend in ("bwrap-root", "bwrap-user")
    assert capability.memory in ("cgroup1", "cgroup2", "rlimit")
    assert open_sandbox().backend == capability.backend


def test_it_refuses_without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(SandboxUnavailable) as refusal:
        open_sandbox()

    for language in wording.LANGUAGES:
        sentence = wording.say(refusal.value.code, refusal.value.params, language)
        assert "bubblewrap" in sentence.message
        assert "apt-get install bubblewrap" in sentence.hint


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_it_refuses_on_other_systems(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)

    with pytest.raises(SandboxUnavailable) as refusal:
        open_sandbox()

    assert refusal.value.code == "sandbox_not_linux"


def test_it_refuses_a_processor_without_a_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    with pytest.raises(SandboxUnavailable) as refusal:
        open_sandbox()

    assert refusal.value.params == {"machine": "riscv64"}


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's jobs read what the user reads")
def test_it_refuses_files_that_a_job_could_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = tmp_path / "python"
    closed.touch(mode=0o600)
    monkeypatch.setattr("grader.sandbox.mounts.executable", lambda: str(closed))

    with pytest.raises(SandboxUnavailable) as refusal:
        open_sandbox()

    assert refusal.value.code == "sandbox_unreadable"
    assert refusal.value.params["fix"] == f"sudo chmod -R a+rX {closed}"


def test_a_canary_that_gets_out_is_a_leak() -> None:
    leak = probe.find_leak(Scripted(ended(Verdict.INVALID_MODEL), ended(Verdict.OK)))

    assert leak is not None
    assert leak.code == "sandbox_leaks"
    assert leak.params == {"attempt": "socket", "verdict": "ok"}


@pytest.mark.sandbox
def test_a_cage_without_filters_is_seen_to_leak() -> None:
    leak = probe.find_leak(weakened(filters=Filters(boot=False, lock=False)))

    assert leak is not None
    assert leak.params == {"attempt": "socket", "verdict": "ok"}


@pytest.mark.sandbox
def test_a_cage_that_shows_too_much_is_seen_to_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tmp_path.chmod(0o755)

    leak = probe.find_leak(weakened(view=python_view().showing(str(tmp_path))))

    assert leak is not None
    assert leak.params == {"attempt": "read", "verdict": "ok"}


def weakened(**weakness: Any) -> BubblewrapSandbox:
    """This machine's sandbox with something wrong with it."""
    backend = probe.probe().backend
    if backend == "none":
        pytest.skip("no sandbox here")
    return BubblewrapSandbox(Privilege(backend), None, **weakness)


def test_three_attempts_that_fail_as_they_should_are_no_leak() -> None:
    outcomes = map(ended, (Verdict.INVALID_MODEL, Verdict.FORBIDDEN_ACTION, Verdict.FORBIDDEN_ACTION))

    assert probe.find_leak(Scripted(*outcomes)) is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("bwrap: setting up uid map: Permission denied", "sandbox_apparmor"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "sandbox_apparmor"),
        ("bwrap: No permissions to create new namespace, likely because …", "sandbox_no_namespaces"),
        ("bwrap: Creating new namespace failed: Operation not permitted", "sandbox_no_namespaces"),
        ("bwrap: something that we have never seen", "sandbox_failed"),
    ],
)
def test_what_bubblewrap_says_becomes_a_sentence_with_a_way_out(said: str, code: str) -> None:
    missing = probe.find_leak(Scripted(ended(Verdict.SANDBOX_FAILED, detail=said)))

    assert missing is not None
    assert missing.code == code
    for language in wording.LANGUAGES:
        sentence = wording.say(missing.code, missing.params, language)
        assert said in sentence.message
        assert sentence.hint


def test_the_doctor_fails_and_names_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setenv("LANG", "C.UTF-8")

    code = main()

    assert code == 1
    assert "Type: sudo apt-get install bubblewrap" in capsys.readouterr().out


@pytest.mark.sandbox
def test_the_doctor_is_content_where_there_is_a_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    if probe.probe().backend == "none":
        pytest.skip("no sandbox here")

    assert main() == 0
    assert "backend: bwrap-" in capsys.readouterr().out
