"""The baseline is measured once and kept; everything that it depends on is in the name under which it is kept."""

import dataclasses
import stat
from pathlib import Path

import numpy as np
import pytest

from challenges import judge as judging
from challenges.judge import baseline
from challenges.registry import find, load
from grader.challenge import Challenge, EvaluationSet
from grader.sandbox.base import Job, Outcome
from grader.sandbox.fake import FakeSandbox

SPEC = find("int8_fashion")


class CountingSandbox(FakeSandbox):
    """Counts the jobs that it is given."""

    def __init__(self) -> None:
        self.jobs = 0

    def run(self, job: Job) -> Outcome:
        """Run and count."""
        self.jobs += 1
        return super().run(job)


@pytest.fixture
def sandbox() -> CountingSandbox:
    return CountingSandbox()


@pytest.fixture
def challenge() -> Challenge:
    """The real challenge with fewer items to measure on and to find sensitive layers with."""
    full = load(SPEC, "public")
    few = EvaluationSet("public", full.evaluation.inputs[:500], full.evaluation.labels[:500])
    return dataclasses.replace(full, evaluation=few, calibration=full.calibration[:16])


def kept(karui_home: Path) -> list[Path]:
    return list((karui_home / "baselines").iterdir())


def test_the_baseline_is_measured_once(challenge: Challenge, sandbox: CountingSandbox) -> None:
    first = baseline(challenge, sandbox)
    needed = sandbox.jobs

    second = baseline(challenge, sandbox)

    assert needed > 0
    assert sandbox.jobs == needed
    assert np.array_equal(first.outputs, second.outputs)
    assert (first.size_bytes, first.memory_bytes) == (second.size_bytes, second.memory_bytes)
    assert first.sensitivity == second.sensitivity
    assert len(first.sensitivity) == 10
    assert 0.85 < second.accuracy < 1


def test_only_its_owner_may_read_what_is_kept(challenge: Challenge, sandbox: CountingSandbox, karui_home: Path) -> None:
    """Which items the baseline gets right says something about hidden items."""
    baseline(challenge, sandbox)

    assert [stat.S_IMODE(path.stat().st_mode) for path in kept(karui_home)] == [0o600]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not an archive", b"\x80\x04\x95 a pickle"])
def test_what_cannot_be_read_is_measured_again(
    damage: bytes, challenge: Challenge, sandbox: CountingSandbox, karui_home: Path
) -> None:
    whole = baseline(challenge, sandbox)
    kept(karui_home)[0].write_bytes(damage)

    again = baseline(challenge, sandbox)

    assert np.array_equal(whole.outputs, again.outputs)


def test_challenges_with_the_same_file_share_what_was_measured(challenge: Challenge, sandbox: CountingSandbox) -> None:
    baseline(challenge, sandbox)
    needed = sandbox.jobs

    baseline(dataclasses.replace(challenge, id="another", targets=load(find("nas_budget"), "public").targets), sandbox)

    assert sandbox.jobs == needed


def test_other_items_or_labels_another_split_metric_or_reference_have_their_own(challenge: Challenge) -> None:
    items = challenge.evaluation
    others = [
        {"evaluation": dataclasses.replace(items, split="hidden")},
        {"evaluation": dataclasses.replace(items, inputs=items.inputs[::-1])},
        {"evaluation": dataclasses.replace(items, labels=items.labels[::-1])},
        {"metric": "map50"},
        {"reference": challenge.reference + b"\0"},
        {"calibration": challenge.calibration[::-1]},
    ]

    keys = {judging._key(dataclasses.replace(challenge, **changes)) for changes in [{}, *others]}

    assert len(keys) == 7


def test_a_changed_grader_measures_again(challenge: Challenge, monkeypatch: pytest.MonkeyPatch) -> None:
    before = judging._key(challenge)
    monkeypatch.setattr(judging, "_grader_fingerprint", lambda: b"after an edit")

    assert judging._key(challenge) != before
