"""Challenges that start from another one's network really do."""

import numpy as np
import onnxruntime as ort
import pytest

from challenges.datasets import fashion_mnist
from challenges.registry import find


@pytest.mark.parametrize("challenge", ["mixed_precision", "nas_budget"])
def test_it_is_the_file_of_int8_fashion(challenge: str) -> None:
    assert find(challenge).baseline_path.read_bytes() == find("int8_fashion").baseline_path.read_bytes()


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
