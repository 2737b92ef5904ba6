"""A verdict on record holds until something changes that it could hang on, and no longer."""

import re
import shutil
from pathlib import Path

import pytest

from challenges import fingerprint as fingerprinting
from challenges.fingerprint import GRADER, fingerprint
from challenges.machine import MachineClass
from challenges.registry import FOLDER
from challenges.solutions import Solution, Verdict
from challenges.spec import ChallengeSpec, read_spec
from challenges.verdicts import FILE, on_record, record
from grader.errors import ChallengeBroken
from grader.report import EntryFacts, Finding, Report, Result
from grader.runtimes.base import Runtime

CHALLENGE = "nas_budget"  # two of its solutions build on other challenges' ones
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.onnx", "*.pt2", "*.tflite")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources, to be changed at will."""
    shutil.copytree(GRADER, tmp_path / "grader", ignore=LEFT_OUT)
    shutil.copytree(FOLDER, tmp_path / "challenges", ignore=LEFT_OUT)
    shutil.copytree(FOLDER / CHALLENGE, tmp_path / "challenges" / CHALLENGE, dirs_exist_ok=True)
    monkeypatch.setattr(fingerprinting, "GRADER", tmp_path / "grader")
    monkeypatch.setattr(fingerprinting, "FOLDER", tmp_path / "challenges")
    return tmp_path


@pytest.fixture
def spec(tree: Path) -> ChallengeSpec:
    return read_spec(tree / "challenges" / CHALLENGE)


def append(path: Path, more: bytes) -> None:
    path.write_bytes(path.read_bytes() + more)


def edit(path: Path, pattern: str, new: str) -> None:
    text, edits = re.subn(pattern, new, path.read_text("utf-8"), count=1)
    assert edits == 1
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("grader/scoring.py", b"\nMORE = 1\n"),
        ("grader/sandbox/policy/bpf/x86_64-lock.bpf", b"\0"),
        ("challenges/judge.py", b"\nMORE = 1\n"),
        ("challenges/tables.py", b"\nMORE = 1\n"),
        ("challenges/datasets/fashion_mnist.py", b"\nMORE = 1\n"),
        ("challenges/datasets/split.py", b"\nMORE = 1\n"),
        (f"challenges/{CHALLENGE}/baseline.onnx", b"\0"),
        (f"challenges/{CHALLENGE}/solutions/too_wide/solve.py", b"\nMORE = 1\n"),
        (f"challenges/{CHALLENGE}/solutions/pass/entry.onnx", b"\0"),
        (f"challenges/{CHALLENGE}/starter/cut.py", b"\nMORE = 1\n"),
        ("challenges/int8_fashion/solutions/disguised/solve.py", b"\nMORE = 1\n"),
    ],
)
def test_what_a_verdict_hangs_on_changes_the_fingerprint(
    path: str, more: bytes, tree: Path, spec: ChallengeSpec
) -> None:
    before = fingerprint(spec)

    append(tree / path, more)

    assert fingerprint(spec) != before


def test_a_file_that_comes_or_goes_or_moves_changes_the_fingerprint(tree: Path, spec: ChallengeSpec) -> None:
    trained = spec.folder / "solutions" / "pass" / "entry.onnx"
    seen = [fingerprint(spec)]

    for new in (trained.with_name("moved.onnx"), trained):
        shutil.copy(trained, new) if new != trained else new.unlink()
        seen.append(fingerprint(spec))

    assert len(set(seen)) == 3


@pytest.mark.parametrize(
    ("pattern", "new"), [(r"max_drop = [\d.]+", "max_drop = 0.5"), (r"dataset = .*", 'dataset = "fashion_scenes"')]
)
def test_another_target_or_data_set_changes_the_fingerprint(pattern: str, new: str, spec: ChallengeSpec) -> None:
    before = fingerprint(spec)

    edit(spec.folder / "challenge.toml", pattern, new)

    assert fingerprint(spec) != before


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("grader/scoring.py", b"\n# words\n"),
        ("grader/wording/en/report.toml", b"\n# words\n"),
        ("challenges/terminal.py", b"\nMORE = 1\n"),
        (f"challenges/{CHALLENGE}/brief.en.md", b"\nwords\n"),
        (f"challenges/{CHALLENGE}/challenge.toml", b"\n# words\n"),
        (f"challenges/{CHALLENGE}/solutions/cut/solution.toml", b"\n# words\n"),
        ("challenges/keyword_spotting/solutions/pass/solve.py", b"\nMORE = 1\n"),
    ],
)
def test_words_and_what_belongs_to_others_do_not(path: str, more: bytes, tree: Path, spec: ChallengeSpec) -> None:
    before = fingerprint(spec)

    append(tree / path, more)

    assert fingerprint(spec) == before


@pytest.mark.parametrize(
    ("path", "pattern", "new"),
    [
        ("grader/scoring.py", '"""', '"""Other words. '),
        ("grader/scoring.py", "\n\n\n", "\n\n"),
        (f"challenges/{CHALLENGE}/challenge.toml", "en = .*", 'en = "Another title"'),
    ],
)
def test_docstrings_layout_and_titles_do_not(
    path: str, pattern: str, new: str, tree: Path, spec: ChallengeSpec
) -> None:
    before = fingerprint(spec)

    edit(tree / path, pattern, new)

    assert fingerprint(spec) == before


def refused(spec: ChallengeSpec, name: str) -> tuple[Solution, Report]:
    """A solution that was graded, and rejected for its work."""
    facts = EntryFacts(sha256="0", format="onnx", file_bytes=1)
    report = Report(
        challenge=spec.id,
        challenge_version=1,
        split="hidden",
        entry=facts,
        result=Result.REJECTED,
        reasons=(Finding("too_many_macs"),),
    )
    return Solution.read(spec.folder / "solutions" / name), report


def test_what_is_put_on_record_holds_until_a_source_changes(tree: Path, spec: ChallengeSpec) -> None:
    record(spec, [refused(spec, "disguised"), refused(spec, "too_wide")])
    held = on_record(spec)

    append(tree / "grader/scoring.py", b"\nMORE = 1\n")

    assert {name: row.verdict for name, row in held.items()} == dict.fromkeys(
        ("disguised", "too_wide"), Verdict(result=Result.REJECTED, code="too_many_macs")
    )
    assert on_record(spec) == {}


def test_a_record_says_where_it_was_made_and_holds_on_other_machines(spec: ChallengeSpec) -> None:
    record(spec, [refused(spec, "disguised")])
    elsewhere = next(kind for kind in MachineClass if kind is not on_record(spec)["disguised"].machine)
    edit(spec.folder / FILE, '"machine": ".*"', f'"machine": "{elsewhere}"')

    assert on_record(spec)["disguised"].machine is elsewhere


def test_another_version_of_the_runtime_is_another_grading(
    spec: ChallengeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(spec, [refused(spec, "disguised")])

    monkeypatch.setattr(Runtime, "version", lambda runtime: "9.9.9")

    assert on_record(spec) == {}


def test_nothing_is_on_record_before_anything_was_graded(spec: ChallengeSpec) -> None:
    (spec.folder / FILE).unlink(missing_ok=True)

    assert on_record(spec) == {}


def test_a_record_that_cannot_be_read_is_told_with_its_file(spec: ChallengeSpec) -> None:
    (spec.folder / FILE).write_text('{"verdict": "all fine"}')

    with pytest.raises(ChallengeBroken, match="challenge_invalid"):
        on_record(spec)
