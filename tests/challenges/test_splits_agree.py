"""The public and the hidden half of Fashion-MNIST are equally hard for every baseline, so that practice is fair."""

import math

import numpy as np
import onnxruntime
import pytest

from challenges.registry import catalogue, load
from challenges.spec import ChallengeSpec
from grader.challenge import Split

SPECS = {
    spec.baseline_path.read_bytes(): spec for spec in catalogue().values() if spec.dataset == "fashion_mnist"
}.values()  # one challenge for each network
SPLITS: tuple[Split, ...] = ("public", "hidden")
BATCH = 100


def accuracy(spec: ChallengeSpec, split: Split) -> tuple[float, int]:
    """Of the baseline, which is our own model and needs no sandbox, on one half; and how many items that has."""
    evaluation, session = load(spec, split).evaluation, onnxruntime.InferenceSession(spec.baseline_path)
    parts = np.array_split(evaluation.inputs, len(evaluation.inputs) // BATCH)
    answers = np.concatenate([session.run(None, {session.get_inputs()[0].name: part})[0] for part in parts])
    return float(np.mean(answers.argmax(axis=1) == evaluation.labels)), len(evaluation.labels)


QUICKEST = "survive_int8"
"""In CI it stands for all, because the halves are the same for every network."""
ROWS = [pytest.param(spec, id=spec.id, marks=[] if spec.id == QUICKEST else pytest.mark.long) for spec in SPECS]


@pytest.mark.slow
@pytest.mark.usefixtures("data_sets")
@pytest.mark.parametrize("spec", ROWS)
def test_public_and_hidden_accuracy_differ_by_less_than_two_standard_errors(spec: ChallengeSpec) -> None:
    found = [accuracy(spec, split) for split in SPLITS]

    error = math.sqrt(sum(value * (1 - value) / items for value, items in found))
    assert abs(found[0][0] - found[1][0]) < 2 * error
