"""Baselines can be rebuilt: a short training gives the same file twice, in the form that the challenges ask for."""

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from challenges.datasets import fashion_mnist
from challenges.registry import find

pytest.importorskip("torch", reason="training needs the torch extra")

from challenges.detect_scenes import prepare as detector
from challenges.int8_fashion import prepare as resnet
from challenges.keyword_spotting import prepare as keywords
from challenges.qat_fashion import prepare as healthy
from challenges.survive_int8 import prepare as separable

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("data_sets")]
NAMES = {
    "detect_scenes": detector,
    "int8_fashion": resnet,
    "keyword_spotting": keywords,
    "qat_fashion": healthy,
    "survive_int8": separable,
}


def quick(*names: str) -> pytest.MarkDecorator:
    """Every one, but in CI only these, by the loop in challenges.training that most share."""
    rows = [
        pytest.param(prepare, id=name, marks=[] if name in names else pytest.mark.long)
        for name, prepare in NAMES.items()
    ]
    return pytest.mark.parametrize("prepare", rows)


ITEMS = 384


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """What a prepare.py builds in one short epoch, trained once for all tests, and again where one asks."""

    few = fashion_mnist.validation().first(ITEMS)

    @cache
    def build(prepare: Any, seed: int = 1, again: bool = False) -> Path:
        path = tmp_path_factory.mktemp("built") / "baseline.onnx"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fashion_mnist, "validation", lambda: few)  # on which a figure is printed, no more
            prepare.build(path, dataclasses.replace(prepare.SCHEDULE, epochs=1, seed=seed), ITEMS)
        return path

    return build


@quick("int8_fashion")
def test_the_same_seed_gives_the_same_file(prepare: Any, built: Callable[..., Path]) -> None:
    assert built(prepare).read_bytes() == built(prepare, again=True).read_bytes()


@quick("int8_fashion")
def test_another_seed_gives_another(prepare: Any, built: Callable[..., Path]) -> None:
    assert built(prepare).read_bytes() != built(prepare, seed=2).read_bytes()


@quick("int8_fashion", "detect_scenes")
def test_it_builds_the_architecture_of_the_committed_baseline(prepare: Any, built: Callable[..., Path]) -> None:
    spec = find(prepare.__name__.split(".")[1])

    rebuilt, committed = onnx.load(built(prepare)), onnx.load(spec.baseline_path)

    assert [node.op_type for node in rebuilt.graph.node] == [node.op_type for node in committed.graph.node]
    assert [list(item.dims) for item in rebuilt.graph.initializer] == [
        list(item.dims) for item in committed.graph.initializer
    ]
    assert not any(node.op_type == "BatchNormalization" for node in rebuilt.graph.node)


def test_drifting_apart_changes_no_answer() -> None:
    import torch

    torch.manual_seed(0)
    model = separable.SeparableNet().eval()
    for layer in model.layers:
        layer.fold()
    images = torch.randn(8, 1, 28, 28)

    before = model(images).detach().numpy()
    separable.drift_apart(model, bits=4.0, seed=1)

    assert np.allclose(before, model(images).detach().numpy(), rtol=1e-4, atol=1e-5)


def test_augmented_speech_keeps_its_shape_and_depends_on_its_generator_alone() -> None:
    import torch

    inputs = torch.randn(64, 1, 40, 49)

    one, again, other = (keywords.augment(inputs, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))

    assert one.shape == inputs.shape
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_a_mask_is_one_run_and_never_wider_than_allowed() -> None:
    import torch

    masks = keywords._mask(500, 40, 6, torch.Generator().manual_seed(0)).numpy()

    assert set(masks.sum(1)) == set(range(7))
    assert all(np.ptp(np.flatnonzero(mask)) + 1 == mask.sum() for mask in masks if mask.any())
