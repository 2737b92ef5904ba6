"""Rebuild student.onnx: `python challenges/detect_scenes/solutions/reference/train.py [--alone] [PATH]`.

A net with two fifths of the baseline's weights learns from the labels and from what the baseline answers. `--alone`
leaves the baseline out of it and everything else as it is: the control that shows what distillation is worth.
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import onnxruntime
import torch
from torch import Tensor
from torch.nn import functional

from challenges.detect_scenes.prepare import SCHEDULE, Detector, export, loss, train
from challenges.training import single_threaded

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
CHANNELS = (16, 32, 64, 64, 48)
STRIDES = (2, 2, 2, 1, 1)
FROM_TEACHER = 0.5  # of the loss


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
    given = parser.parse_args()
    single_threaded(SCHEDULE.seed)
    student = Detector(CHANNELS, STRIDES)
    train(student, replace(SCHEDULE, seed=7), loss if given.alone else Distillation(BASELINE))
    export(student, given.path)
