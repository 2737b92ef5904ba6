"""Channels go from everything that shares them, and what stays computes what it did before."""

import numpy as np
import onnx
import pytest

from challenges.pruning import channels, layers, macs, magnitude, plan, prunable, remove, stored, with_arrays
from challenges.registry import find
from grader.quantization.executed import execute
from grader.quantization.executed import macs as executed_macs


@pytest.fixture(scope="module")
def resnet() -> onnx.ModelProto:
    return onnx.load(find("prune_fashion").baseline_path)


def answers(model: onnx.ModelProto, inputs: np.ndarray) -> np.ndarray:
    import onnxruntime as ort  # after grader, which turns its telemetry off

    return ort.InferenceSession(model.SerializeToString()).run(None, {"input": inputs})[0]


def images(items: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((items, 1, 28, 28)).astype(np.float32)


def silenced(model: onnx.ModelProto, group: str, gone: int) -> onnx.ModelProto:
    """The model with one channel of a group zero wherever it is made."""
    arrays, found = {name: values.copy() for name, values in stored(model.graph).items()}, channels(model.graph)
    for layer in layers(model.graph):
        if found.of[layer.output[0]] == group:
            for name in layer.input[1:3]:
                arrays[name][gone] = 0
    return with_arrays(model, arrays)


def test_tensors_that_a_sum_joins_are_one_group(resnet: onnx.ModelProto) -> None:
    assert sorted(prunable(resnet).values()) == [32, 32, 64, 64, 128, 128]
    assert len(list(layers(resnet.graph))) == 10


def test_removing_a_channel_is_the_same_as_silencing_it(resnet: onnx.ModelProto) -> None:
    for group, width in prunable(resnet).items():
        without = remove(resnet, {group: np.delete(np.arange(width), 3)})

        assert np.allclose(answers(without, images(4)), answers(silenced(resnet, group, 3), images(4)), atol=1e-4)


def test_a_plan_stays_within_the_limit_and_removes_whole_blocks(resnet: onnx.ModelProto) -> None:
    limit = macs(resnet, {}) // 2

    keep = plan(resnet, magnitude(resnet), limit, 16)

    assert macs(remove(resnet, keep), {}) <= limit
    assert all(len(left) % 16 == 0 and len(left) > 0 for left in keep.values())


def test_work_is_counted_as_the_grader_counts_it(resnet: onnx.ModelProto) -> None:
    import onnxruntime as ort

    level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    run = execute(resnet.SerializeToString(), images(1), level)

    assert macs(resnet, {}) == executed_macs(run)


def test_work_is_known_before_channels_are_gone(resnet: onnx.ModelProto) -> None:
    keep = {name: np.arange(width // 2) for name, width in prunable(resnet).items()}

    planned = macs(resnet, {name: len(left) for name, left in keep.items()})

    assert planned == macs(remove(resnet, keep), {})


def test_a_limit_below_the_last_block_is_refused(resnet: onnx.ModelProto) -> None:
    with pytest.raises(ValueError, match="no more to remove"):
        plan(resnet, magnitude(resnet), 1_000, 16)
