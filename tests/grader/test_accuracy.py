"""Accuracy and its intervals."""

import numpy as np
import pytest

from grader.errors import EntryRejected
from grader.evaluation import finite
from grader.measure.accuracy import accuracy_facts, correct_answers, paired_drop, wilson_interval


def test_it_counts_right_answers() -> None:
    outputs = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], np.float32)

    assert correct_answers(outputs, np.array([1, 0, 0])).tolist() == [True, True, False]


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_it_refuses_outputs_that_no_comparison_can_judge(poison: float) -> None:
    outputs = np.zeros((4, 10), np.float32)
    outputs[2, 7] = poison

    with pytest.raises(EntryRejected) as refusal:
        finite(outputs)

    assert refusal.value.code == "output_not_finite"
    assert refusal.value.params == {"items": 1, "total": 4}


def test_the_interval_of_910_in_1000_is_wilsons() -> None:
    low, high = wilson_interval(910, 1000)

    assert (round(low, 4), round(high, 4)) == (0.8907, 0.9262)


def test_the_paired_interval_covers_the_true_drop_in_95_of_100_samples() -> None:
    rng, covered = np.random.default_rng(0), 0
    for _ in range(400):
        baseline = rng.random(5000) < 0.91
        entry = np.where(rng.random(5000) < 0.05, rng.random(5000) < 0.5, baseline)

        _, (low, high) = paired_drop(baseline, entry)

        covered += low <= 0.05 * (0.91 - 0.5) <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_it_says_when_the_gate_lies_within_the_noise() -> None:
    baseline = np.ones(5000, bool)
    entry = np.arange(5000) >= 50  # a drop of exactly one point

    assert accuracy_facts(baseline, entry, entry, max_drop=0.01).within_noise_of_gate
    assert not accuracy_facts(baseline, entry, entry, max_drop=0.03).within_noise_of_gate
