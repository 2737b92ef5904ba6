"""The public and the hidden half of Fashion-MNIST are equally hard for every baseline, so that practice is fair."""

import math

import pytest

from challenges.datasets import dataset
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from grader.challenge import Split

SPECS = {
    spec.baseline_path.read_bytes(): spec for spec in catalogue().values() if spec.dataset == "fashion_mnist"
}.values()  # one challenge for each network
SPLITS: tuple[Split, ...] = ("public", "hidden")


def accuracy(spec: ChallengeSpec, split: Split, secret: bytes) -> tuple[float, int]:
    """Of the baseline on one half, and how many items that has."""
    import onnxruntime as ort  # after grader, which turns its telemetry off

    items = dataset(spec.dataset).evaluation(split, secret)
    session = ort.InferenceSession(spec.baseline_path, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: items.inputs})[0].argmax(1)
    return float((answers == items.labels).mean()), len(items.labels)


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])
def test_public_and_hidden_accuracy_differ_by_less_than_two_standard_errors(spec: ChallengeSpec) -> None:
    found = [accuracy(spec, split, b"a secret that is the same in every run") for split in SPLITS]

    error = math.sqrt(sum(value * (1 - value) / items for value, items in found))
    assert abs(found[0][0] - found[1][0]) < 2 * error
