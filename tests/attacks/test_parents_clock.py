"""Programs that are timed: whatever they do to their own clock or to the conversation, the parent's clock stands."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from grader.challenge import Challenge
from grader.errors import EntryRejected
from grader.measure import programs
from grader.measure.estimator import log_ratio
from grader.runtimes.base import RUNTIMES, Runtime
from grader.sandbox.base import ArraySpec, Job, Tensors, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox
from tests.attacks import inside_serving
from tests.attacks.conftest import LIMITS
from tests.grader.challenges import small_challenge
from tests.models import linear

pytestmark = [pytest.mark.sandbox, pytest.mark.alone]
Make = Callable[..., BubblewrapSandbox]
PROGRAM = Runtime(
    name="Programs of the attackers",
    module="inside_serving",
    package="numpy",
    program=True,
    limits=replace(LIMITS, wall_s=120, cpu_s=60),
)


@pytest.fixture(autouse=True)
def format_of_the_attackers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setitem(RUNTIMES, "program", PROGRAM)  # type: ignore[arg-type]  # a dict behind a Mapping
        yield


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return small_challenge(linear())


def timed(entry: bytes, challenge: Challenge, make_sandbox: Make) -> float:
    """Logarithm of the entry's time over an honest program's."""
    inputs = challenge.evaluation.inputs
    answers = inputs.reshape(len(inputs), -1) @ inside_serving.WEIGHTS
    return log_ratio(programs.one_pair(programs.Pair("program", b"honest", entry), answers, challenge, make_sandbox()))


@pytest.mark.parametrize("entry", [b"honest", b"clocks"])
def test_clocks_that_stand_still_change_nothing(entry: bytes, challenge: Challenge, make_sandbox: Make) -> None:
    # A neighbour of the machine may disturb a pair, not three; a clock that counted would be off by many times in each
    assert any(abs(timed(entry, challenge, make_sandbox)) < 0.5 for _ in range(3))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (b"constant", "timed_answers_differ"),
        (b"silent", "timed_answers_differ"),
        (b"late", "timed_answers_differ"),
        (b"skips", "timed_answers_differ"),
        (b"rings", "timing_mismatch"),
    ],
    ids=["constant", "silent", "late", "skips", "rings"],
)
def test_work_that_is_not_done_in_time_is_seen(
    entry: bytes, code: str, challenge: Challenge, make_sandbox: Make
) -> None:
    with pytest.raises(EntryRejected) as refusal:
        timed(entry, challenge, make_sandbox)

    assert refusal.value.code == code


def test_a_program_cannot_write_what_it_is_asked(make_sandbox: Make) -> None:
    seen = []

    def ring(name: str, fresh: Tensors, outputs: Tensors) -> None:
        seen.append(float(fresh["item"].sum()))
        fresh["item"][...] = 2.0

    job = Job(
        task="inside_serving:write_fresh",
        files={},
        fresh={"item": ArraySpec("float32", (4,))},
        bell=ring,
        limits=LIMITS,
    )

    outcome = make_sandbox().run(job)

    assert seen == [0.0]
    assert outcome.verdict is Verdict.OK
    assert outcome.reply["seen"] == 8.0
    assert outcome.reply["failures"] > 0


def test_turns_are_taken_in_a_b_b_a_order() -> None:
    turns, taken = programs.Turns(), list[int]()

    def sit(who: int) -> None:
        for _ in range(2 * programs.BLOCK):
            turns.take(who)
            taken.append(who)
        turns.leave(who)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(sit, (0, 1)))

    assert taken[:: programs.BLOCK] == [0, 1, 1, 0]
