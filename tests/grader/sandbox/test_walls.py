"""Rules about our own source: nothing in it may undo the sandbox."""

import re
from pathlib import Path

import pytest

import grader
from grader.errors import SandboxUnavailable
from grader.sandbox.mounts import python_view
from grader.sandbox.slots import FIRST_UID, SLOTS, slot_uid

GRADER = Path(grader.__file__).parent
REPOSITORY = GRADER.parent
PRODUCTION = [
    path
    for floor in ("grader", "challenges", "platform")
    for path in (REPOSITORY / floor).rglob("*.py")
    if not {"starter", "solutions"} & set(path.parts)
]


def test_the_grader_imports_no_pickle() -> None:
    importing = re.compile(
        r"^\s*(?:import|from)\s+(?:pickle|marshal|shelve|multiprocessing|dill|joblib)\b", re.MULTILINE
    )

    assert [path.name for path in GRADER.rglob("*.py") if importing.search(path.read_text())] == []


def test_no_production_code_reaches_the_fake_sandbox() -> None:
    users = [path for path in PRODUCTION if re.search(r"sandbox\.fake|FakeSandbox", path.read_text("utf-8"))]

    assert users == [GRADER / "sandbox" / "fake.py"]


def test_no_production_code_weakens_the_filters() -> None:
    users = [path for path in PRODUCTION if re.search(r"Filters\(\w|filters=", path.read_text("utf-8"))]

    assert users == []


def test_a_job_sees_the_grader_s_package_and_not_the_repository() -> None:
    binds = python_view().binds

    assert binds[str(GRADER)] == "/karui/grader"
    for outside in binds:
        assert not REPOSITORY.is_relative_to(outside), f"{outside} would show the whole repository"
        assert outside not in ("/", "/usr", "/etc", "/home", "/root", "/usr/bin", "/proc", "/sys", "/dev")


def test_the_parent_starts_processes_in_one_place_only() -> None:
    starters = [path.name for path in (GRADER / "sandbox").rglob("*.py") if "subprocess.Popen(" in path.read_text()]

    assert starters == ["cage.py"]


def test_every_running_job_has_a_user_of_its_own(tmp_path: Path) -> None:
    with slot_uid(tmp_path) as first, slot_uid(tmp_path) as second:
        assert (first, second) == (FIRST_UID, FIRST_UID + 1)

    with slot_uid(tmp_path) as again:
        assert again == FIRST_UID


def test_it_says_when_there_is_no_place_for_slots(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="sandbox_failed"), slot_uid(tmp_path / "missing" / "folder"):
        pass


def test_it_says_when_every_slot_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.sandbox.slots.SLOTS", 1)

    with slot_uid(tmp_path), pytest.raises(SandboxUnavailable) as refusal, slot_uid(tmp_path):
        pass

    assert refusal.value.params == {"slots": 1}
    assert SLOTS == 64
