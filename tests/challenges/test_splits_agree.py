"""The public and the hidden half of Fashion-MNIST are equally hard for every baseline, so that practice is fair."""

import math

import pytest

from challenges.judge import baseline
from challenges.registry import catalogue, load
from challenges.spec import ChallengeSpec
from grader.challenge import Split
from grader.sandbox import open_sandbox

SPECS = {
    spec.baseline_path.read_bytes(): spec for spec in catalogue().values() if spec.dataset == "fashion_mnist"
}.values()  # one challenge for each network
SPLITS: tuple[Split, ...] = ("public", "hidden")


def accuracy(spec: ChallengeSpec, split: Split) -> tuple[float, int]:
    """Of the baseline on one half, as entries are held against it, and how many items that has."""
    challenge = load(spec, split)
    return baseline(challenge, open_sandbox()).accuracy, len(challenge.evaluation.labels)


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.usefixtures("data_sets")
@pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])
def test_public_and_hidden_accuracy_differ_by_less_than_two_standard_errors(spec: ChallengeSpec) -> None:
    found = [accuracy(spec, split) for split in SPLITS]

    error = math.sqrt(sum(value * (1 - value) / items for value, items in found))
    assert abs(found[0][0] - found[1][0]) < 2 * error
