"""Rebuild student.onnx: `python -m challenges.detect_scenes.solutions.reference.train [--alone] [--epochs N] [PATH]`.

The baseline loses three fifths of its weights as in the solution `pruned`, which takes the mAP below the gate. Then it
learns from the labels and from what the whole baseline answers, for about four minutes on one core. `--alone` leaves
the teacher out and everything else as it is: the control that shows what distillation is worth. `--epochs 3` is what
the editorial compares.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import fashion_scenes
from challenges.detect_scenes.prepare import SCENE, Schedule, loss, train
from challenges.detect_scenes.solutions.pruned.solve import Layer, layers_of, pruned
from challenges.training import export, single_threaded

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
CHANNELS = (16, 32, 32, 56, 56, 48)
SCHEDULE = Schedule(epochs=8, seed=7, peak_rate=2e-3, batch_items=64, weight_decay=1e-4)
FROM_TEACHER = 0.5  # of the loss
CALIBRATION_ITEMS = 256


def student(layers: Sequence[Layer]) -> nn.Module:
    """The chain as torch has it; there is no batch normalisation left to train."""
    steps: list[nn.Module] = []
    for matrix, stride in layers:
        channels_in = 1 if not steps else steps[-2].out_channels
        side = round(((len(matrix) - 1) // channels_in) ** 0.5)
        step = nn.Conv2d(channels_in, matrix.shape[1], side, stride, side // 2)
        step.weight.data = torch.from_numpy(matrix[:-1].T.reshape(step.weight.shape).copy())
        step.bias.data = torch.from_numpy(matrix[-1].copy())
        steps += [step, nn.ReLU()]
    return nn.Sequential(*steps[:-1])


class Distillation:
    """Loss of a student: half of it against the labels, half against what the teacher answers for the same scenes."""

    def __init__(self, teacher: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._teacher = onnxruntime.InferenceSession(teacher, options, providers=["CPUExecutionProvider"])

    def __call__(self, cells: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        """cells: [batch, 15, 8, 8]."""
        taught = torch.from_numpy(self._teacher.run(None, {"input": inputs.contiguous().numpy()})[0])
        from_labels = loss(cells, inputs, labels)
        return (1 - FROM_TEACHER) * from_labels + FROM_TEACHER * imitation(cells, taught) / len(labels)


def imitation(cells: Tensor, taught: Tensor) -> Tensor:
    """As `loss`, with the teacher's answers for targets; boxes and classes count as much as it is sure of an object."""
    sure = taught[:, 0].sigmoid()
    objectness = functional.binary_cross_entropy_with_logits(cells[:, 0], sure, reduction="sum")
    scale = torch.tensor([1.0, 1.0, 4.0, 4.0])[:, None, None]
    box = ((cells[:, 1:5].sigmoid() - taught[:, 1:5].sigmoid()) * scale).abs().sum(1)
    kind = -(taught[:, 5:].softmax(1) * cells[:, 5:].log_softmax(1)).sum(1)
    return objectness + (sure * (2 * box + kind)).sum()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("student.onnx"))
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--epochs", type=int, default=SCHEDULE.epochs)
    given = parser.parse_args()
    single_threaded(SCHEDULE.seed)
    scenes = fashion_scenes.calibration(CALIBRATION_ITEMS)
    model = student(pruned(layers_of(onnx.load(BASELINE)), scenes, CHANNELS))
    train(model, replace(SCHEDULE, epochs=given.epochs), loss if given.alone else Distillation(BASELINE))
    export(model, given.path, SCENE, "cells")
