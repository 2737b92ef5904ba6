"""Challenges that start from another one's network really do."""

import numpy as np
import onnxruntime as ort
import pytest

from challenges.datasets import fashion_mnist
from challenges.registry import find

SAME_FILE = {
    "prune_fashion": "int8_fashion",
    "mixed_precision": "int8_fashion",
    "nas_budget": "int8_fashion",
    "resnet50_locked": "resnet50_tenfold",
    "distil_student": "resnet50_tenfold",
}


@pytest.mark.parametrize(("challenge", "owner"), SAME_FILE.items())
def test_a_shared_baseline_is_the_very_same_file(challenge: str, owner: str) -> None:
    assert find(challenge).baseline_path.read_bytes() == find(owner).baseline_path.read_bytes()


def test_the_network_of_qat_fashion_answers_as_the_one_whose_channels_drifted_apart() -> None:
    items = fashion_mnist.validation().first(256).inputs

    healthy, drifted = (
        ort.InferenceSession(find(name).baseline_path, providers=["CPUExecutionProvider"]).run(None, {"input": items})[
            0
        ]
        for name in ("qat_fashion", "survive_int8")
    )

    assert np.allclose(healthy, drifted, atol=1e-3)
    assert np.array_equal(healthy.argmax(1), drifted.argmax(1))
