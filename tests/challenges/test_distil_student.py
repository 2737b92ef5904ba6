"""What the kit of distil_student says that the teacher answers is what the teacher answers, image by image."""

import numpy as np
import pytest

from challenges.datasets import fashion_mnist
from challenges.distil_student.teacher import logits
from challenges.registry import find
from challenges.seeds import answers

pytestmark = pytest.mark.usefixtures("data_sets")
APART = np.linspace(0, fashion_mnist.TRAINING_ITEMS - 1, 100).astype(int)


def test_the_stored_answers_are_the_baselines_in_the_order_of_the_training_file() -> None:
    stored = logits()

    assert stored.shape == (fashion_mnist.TRAINING_ITEMS, 10)
    assert stored.dtype == np.float16
    asked = answers(find("distil_student").baseline_path, fashion_mnist.training().inputs[APART])
    assert np.allclose(stored[APART], asked, rtol=2e-3, atol=2e-3)


def test_the_answers_agree_with_the_labels_in_this_order_and_in_no_other() -> None:
    labels = fashion_mnist.training().labels

    agreeing = [(np.roll(logits().argmax(1), shift) == labels).mean() for shift in (0, 1)]

    assert agreeing[0] > 0.9
    assert agreeing[1] < 0.2
