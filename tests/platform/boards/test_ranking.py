"""Ranks that noise cannot change."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils.timezone import now
from model_bakery import baker

from boards.ranking import Band, Board, bands
from submissions.standings.models import Standing

pytestmark = pytest.mark.django_db
BOARD = Board("int8_fashion", 1, "onnx", "Example CPU")


def entries(*points: float, noise: float = 0.1, machine: str = BOARD.machine) -> list[Standing]:
    """Everybody's best, one person each, handed in one after the other."""
    return [
        baker.make(
            Standing,
            challenge=BOARD.challenge,
            version=BOARD.version,
            runtime=BOARD.runtime,
            machine=machine,
            points=value,
            noise=noise,
            at=now() + timedelta(minutes=number),
        )
        for number, value in enumerate(points)
    ]


def ranks(*points: float) -> list[int]:
    """What these are shown with."""
    return [BOARD.ranks().of(value) for value in points]


def test_entries_within_a_point_of_the_leader_share_its_rank() -> None:
    entries(90, 89.5, 89.1, 88.9, 80)

    assert ranks(90, 89.5, 89.1, 88.9, 80) == [1, 1, 1, 4, 5]


def test_a_leader_that_is_noisy_shares_its_rank_farther_down() -> None:
    entries(90, 87, noise=2.0)

    assert ranks(90, 87) == [1, 1]


def test_a_rank_is_one_more_than_the_number_of_those_above() -> None:
    entries(95, 90, 90, 90, 85)

    assert list(bands(BOARD.rows)) == [Band(1, 94, 1), Band(2, 89, 3), Band(5, 84, 1)]


def test_results_of_another_machine_are_not_on_the_board() -> None:
    entries(99, machine="Other CPU")
    entries(90)

    assert [row.points for row in BOARD.rows] == [90]


def test_of_equal_points_the_first_comes_first() -> None:
    first, second = entries(90, 90)

    assert list(BOARD.rows) == [first, second]


@pytest.mark.parametrize("seed", range(10))
def test_nobody_with_more_points_has_a_lower_rank(seed: int) -> None:
    points = sorted(np.random.default_rng(seed).uniform(0, 20, 30).round(1).tolist(), reverse=True)
    entries(*points)

    found = ranks(*points)

    assert found == sorted(found)
    assert all(rank <= at for at, rank in enumerate(found, 1))
