"""A graph that torch runs answers like the one that it came from, before it learns and after it was folded again."""

import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="training is optional: pip install karui[torch]")

import torch

from challenges.datasets import fashion_mnist
from challenges.datasets.base import Labelled
from challenges.finetuning import logits, pruned, retrained, taylor, worth_most
from challenges.pruning import layers, macs, prunable, remove, stored, with_arrays
from challenges.registry import find
from challenges.training import Schedule, Teacher, accuracy, single_threaded, train
from grader.quantization.distillation import distillation_loss

SOME = 256


@pytest.fixture(scope="module")
def items() -> Labelled:
    return fashion_mnist.training().first(SOME)


@pytest.fixture(scope="module")
def resnet() -> onnx.ModelProto:
    return onnx.load(find("prune_fashion").baseline_path)


def runtime(model: onnx.ModelProto, inputs: np.ndarray) -> np.ndarray:
    import onnxruntime as ort  # after grader, which turns its telemetry off

    return ort.InferenceSession(model.SerializeToString()).run(None, {"input": inputs})[0]


def halves(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {name: np.arange(width // 2) for name, width in prunable(model).items()}


def test_torch_and_the_runtime_agree(resnet: onnx.ModelProto, items: Labelled) -> None:
    assert np.allclose(logits(resnet, items.inputs), runtime(resnet, items.inputs), atol=1e-3)


def test_what_is_folded_again_answers_like_the_network(resnet: onnx.ModelProto, items: Labelled) -> None:
    network = pruned(resnet, halves(resnet), items.inputs).eval()

    with torch.no_grad():
        answers = network(torch.from_numpy(items.inputs)).numpy()

    assert np.allclose(runtime(network.folded(), items.inputs), answers, atol=1e-3)


def test_old_statistics_bring_accuracy_back(resnet: onnx.ModelProto, items: Labelled) -> None:
    keep = {name: np.arange(width * 7 // 8) for name, width in prunable(resnet).items()}

    network = pruned(resnet, keep, items.inputs)

    assert accuracy(network.eval(), items) > 0.5


def test_a_channel_that_does_nothing_has_no_importance(resnet: onnx.ModelProto, items: Labelled) -> None:
    group = "/blocks/blocks.0/first/first.0/Conv_output_0"
    maker = next(node for node in layers(resnet.graph) if node.output[0] == group)
    arrays = {name: values.copy() for name, values in stored(resnet.graph).items()}
    for name in maker.input[1:3]:
        arrays[name][5] = 0

    scores = taylor(with_arrays(resnet, arrays), items.inputs, items.labels)[group]

    assert scores[5] == 0
    assert scores.max() > 0


def test_what_is_worth_most_is_whole_blocks_within_the_share(resnet: onnx.ModelProto, items: Labelled) -> None:
    keep = worth_most(resnet, items, 0.5, 16)

    assert macs(remove(resnet, keep), {}) <= macs(resnet, {}) / 2
    assert {len(left) % 16 for left in keep.values()} == {0}


@pytest.mark.long
def test_retraining_says_what_its_model_is_worth(
    resnet: onnx.ModelProto, items: Labelled, capsys: pytest.CaptureFixture[str]
) -> None:
    model = retrained(resnet, halves(resnet), items, items, Schedule(epochs=1, seed=1))

    correct = (runtime(model, items.inputs).argmax(1) == items.labels).mean()
    assert list(prunable(model).values()) == [width // 2 for width in prunable(resnet).values()]
    assert capsys.readouterr().out.endswith(f"trained: validation accuracy {correct:.4f}\n")


def test_a_teacher_is_followed_by_the_formula_of_the_grader(items: Labelled) -> None:
    random = np.random.default_rng(0)
    student, answers = random.standard_normal((2, SOME, 10)).astype(np.float32)
    teacher = Teacher(logits=answers, temperature=3.0, alpha=0.7)
    hard = torch.nn.functional.cross_entropy(torch.from_numpy(student), torch.from_numpy(items.labels))

    loss = float(teacher.loss(torch.from_numpy(student), hard, torch.arange(SOME)))

    single = [
        distillation_loss(answers[at], student[at], int(items.labels[at]), temperature=3.0, alpha=0.7).total
        for at in range(SOME)
    ]
    assert loss == pytest.approx(np.mean(single), rel=1e-4)


def test_learning_from_a_teacher_is_repeatable(resnet: onnx.ModelProto, items: Labelled) -> None:
    def learnt() -> bytes:
        single_threaded(1)
        network = pruned(resnet, halves(resnet), items.inputs)
        train(network, items, Schedule(epochs=1, seed=1), Teacher(logits=logits(resnet, items.inputs)))
        return network.folded().SerializeToString()

    assert learnt() == learnt()
