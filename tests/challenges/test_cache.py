"""Data that is made on this machine: whole or not at all, continued after an interruption, checked when read."""

import threading
from pathlib import Path

import numpy as np
import pytest

from challenges.datasets.cache import Arrays, Cache
from grader.errors import ChallengeBroken

CACHE = Cache(name="numbers", package="coreutils", recipe=1)
PARTS = ("one", "two", "three")


def numbers(part: str) -> Arrays:
    """A part that differs from the others."""
    return {"values": np.full(1000, len(part), np.float32)}


def silent(what: str, fraction: float) -> None:
    """Nobody watches."""


def test_a_part_is_read_as_it_was_made() -> None:
    CACHE.fill(PARTS, numbers, silent)

    assert CACHE.missing(PARTS) == []
    assert np.array_equal(CACHE.read("three")["values"], np.full(1000, 5, np.float32))


def test_what_was_interrupted_goes_on_with_what_is_missing() -> None:
    def interrupted(part: str) -> Arrays:
        if part == "two":
            raise KeyboardInterrupt
        return numbers(part)

    with pytest.raises(KeyboardInterrupt):
        CACHE.fill(PARTS, interrupted, silent)
    made = []
    CACHE.fill(PARTS, lambda part: made.append(part) or numbers(part), silent)

    assert "one" not in made
    assert "two" in made
    assert CACHE.missing(PARTS) == []


def test_progress_counts_the_parts_that_were_there() -> None:
    CACHE.fill(PARTS[:1], numbers, silent)
    told: list[tuple[str, float]] = []

    CACHE.fill(PARTS, numbers, lambda what, fraction: told.append((what, fraction)))

    assert told == [("numbers", pytest.approx(2 / 3)), ("numbers", 1.0)]


def test_workers_make_parts_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=10)

    def meet(part: str) -> Arrays:
        together.wait()
        return numbers(part)

    CACHE.fill(PARTS[:2], meet, silent, workers=2)

    assert CACHE.missing(PARTS[:2]) == []


def test_nothing_half_written_is_left(karui_home: Path) -> None:
    CACHE.fill(PARTS, numbers, silent)

    assert sorted(path.name for path in (karui_home / "datasets" / "numbers-1").iterdir()) == [
        "one.npz",
        "three.npz",
        "two.npz",
    ]


def test_a_part_that_was_never_made_says_what_to_do() -> None:
    with pytest.raises(ChallengeBroken) as failure:
        CACHE.read("one")

    assert failure.value.code == "dataset_missing"
    assert failure.value.params == {"dataset": "numbers", "package": "coreutils"}


@pytest.mark.parametrize("keep", [0, 100, -1], ids=["empty", "cut off", "one byte short"])
def test_a_damaged_part_is_refused_by_name(keep: int) -> None:
    CACHE.fill(PARTS[:1], numbers, silent)
    path = CACHE.folder() / "one.npz"
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(ChallengeBroken) as failure:
        CACHE.read("one")

    assert failure.value.code == "dataset_altered"
    assert failure.value.params["file"] == "one.npz"


def test_a_changed_value_is_noticed() -> None:
    CACHE.fill(PARTS[:1], numbers, silent)
    path = CACHE.folder() / "one.npz"
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)

    with pytest.raises(ChallengeBroken):
        CACHE.read("one")


def test_another_recipe_keeps_its_own_parts() -> None:
    CACHE.fill(PARTS, numbers, silent)

    assert Cache(name="numbers", package="coreutils", recipe=2).missing(PARTS) == list(PARTS)
