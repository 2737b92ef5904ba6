"""What a board is sent: it arrives as it was, and holds nothing that has to stay here."""

import numpy as np
import pytest

from challenges.errand import Errand
from challenges.registry import find
from grader.challenge import Challenge, EvaluationSet, Targets
from grader.measure.latency import TIMED_ITEMS


@pytest.fixture
def challenge() -> Challenge:
    """One with more items than a timing looks at."""
    items = 2 * TIMED_ITEMS
    inputs = np.arange(items * 784, dtype=np.float32).reshape(items, 1, 28, 28)
    return Challenge(
        id="int8_fashion",
        version=3,
        rules=find("int8_fashion").rules,
        targets=Targets(max_drop=0.01),
        reference=b"the baseline",
        evaluation=EvaluationSet("public", inputs, np.full(items, 777_777, np.int64)),
        calibration=inputs,
    )


def test_it_arrives_as_it_was(challenge: Challenge) -> None:
    errand = Errand.of(challenge, b"a model")

    arrived = Errand.from_bytes(errand.to_bytes())

    assert (arrived.challenge, arrived.version, arrived.rules) == ("int8_fashion", 3, challenge.rules)
    assert (arrived.model, arrived.reference) == (b"a model", b"the baseline")
    assert arrived.inputs.dtype == np.float32
    assert (arrived.inputs == challenge.evaluation.inputs[:TIMED_ITEMS]).all()


def test_it_takes_no_label_along(challenge: Challenge) -> None:
    assert challenge.evaluation.labels.tobytes()[:8] not in Errand.of(challenge, b"a model").to_bytes()


def test_half_of_it_is_refused(challenge: Challenge) -> None:
    data = Errand.of(challenge, b"a model").to_bytes()

    with pytest.raises(ValueError):  # noqa: PT011
        Errand.from_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # which one, only the library knows
        Errand.from_bytes(data)
