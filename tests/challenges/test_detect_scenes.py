"""The challenge's own arithmetic: its scenes can be answered, and its kit measures what the grader measures."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import challenges
from challenges.datasets import fashion_mnist, fashion_scenes
from challenges.datasets.base import Labelled
from grader.measure.detection import value

STARTER = Path(challenges.__file__).parent / "detect_scenes" / "starter"


@pytest.fixture(scope="module")
def scenes() -> Labelled:
    return fashion_scenes.compose(fashion_mnist.pictures("validation"), 300, seed=5).labelled()


def perfect(labels: np.ndarray) -> np.ndarray:
    """The cells of a detector that knows the labels. Two garments centred in one cell share it, and one is lost."""
    cells = np.zeros((len(labels), 15, 8, 8), np.float32)
    cells[:, 0] = -20
    scene, garment = np.nonzero(labels[..., 0] >= 0)
    kind, x, y, width, height = labels[scene, garment].T.astype(np.float64)
    column, row = (x * 8).astype(int), (y * 8).astype(int)
    shares = np.stack([x * 8 - column, y * 8 - row, width, height]).clip(1e-6, 1 - 1e-6)
    cells[scene, 0, row, column] = 20
    cells[scene, 1:5, row, column] = np.log(shares / (1 - shares)).T
    cells[scene, 5 + kind.astype(int), row, column] = 20
    return cells


def test_a_detector_that_knows_everything_is_nearly_perfect(scenes: Labelled) -> None:
    """Eight by eight cells are enough: few garments share one."""
    assert value(perfect(scenes.labels), scenes.labels) > 0.98


def test_the_kit_decodes_and_counts_as_the_grader_does(scenes: Labelled) -> None:
    kit = runpy.run_path(str(STARTER / "detection.py"))["mean_average_precision"]
    draw = np.random.default_rng(3)
    cells = perfect(scenes.labels).clip(-3, 3)
    cells += draw.normal(0, 0.6, cells.shape).astype(np.float32)

    found = value(cells, scenes.labels)

    assert 0.2 < found < 0.9
    assert kit(cells, scenes.labels) == pytest.approx(found, abs=1e-6)
