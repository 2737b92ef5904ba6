"""Ask the teacher about every training image: `python -m challenges.distil_student.prepare`, about a minute.

baseline.onnx is the slim ResNet-50 of the challenge resnet50_tenfold, the very same file. Train it first, for an hour:
`python -m challenges.resnet50_tenfold.prepare challenges/distil_student/baseline.onnx`. The answers are float16.
"""

from pathlib import Path

import numpy as np
import onnx

from challenges.datasets import fashion_mnist
from challenges.finetuning import logits
from challenges.int8_fashion.prepare import ResNet8
from challenges.training import Schedule, Teacher, accuracy, export, single_threaded, train

BASELINE = Path(__file__).with_name("baseline.onnx")
ANSWERS = Path(__file__).with_name("starter") / "teacher.npz"


def write_answers(baseline: Path) -> None:
    """Ask the teacher about every training image, in their order."""
    answers = logits(onnx.load(baseline), fashion_mnist.training().inputs)
    np.savez_compressed(ANSWERS, logits=answers.astype(np.float16))


def teacher() -> Teacher:
    """The stored answers, with temperature and weight as they are by default."""
    with np.load(ANSWERS) as stored:
        return Teacher(logits=stored["logits"])


def write_student(path: Path, width: int, schedule: Schedule, teacher: Teacher | None) -> None:
    """Train a ResNet-8 of this width, by the labels alone or by the teacher as well, and write it to `path`."""
    single_threaded(schedule.seed)
    student = ResNet8(width)
    train(student, fashion_mnist.training(), schedule, teacher)
    parameters = sum(part.numel() for part in student.parameters())
    print(f"{parameters:,} parameters, validation accuracy {accuracy(student, fashion_mnist.validation()):.4f}")
    export(student, path)


if __name__ == "__main__":
    write_answers(BASELINE)
