"""Challenges that say that they share a baseline do so to the byte."""

import pytest

from challenges.registry import catalogue

SHARED = [("prune_fashion", "int8_fashion")]


@pytest.mark.parametrize(("challenge_id", "owner"), SHARED)
def test_a_shared_baseline_is_the_very_same_file(challenge_id: str, owner: str) -> None:
    baselines = [catalogue()[name].baseline_path.read_bytes() for name in (challenge_id, owner)]

    assert baselines[0] == baselines[1]
