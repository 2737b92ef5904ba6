"""Rebuild student.onnx: `python -m challenges.distil_student.solutions.reference.train`, five minutes on one core.

A ResNet-8 with 12 channels in its first block learns from the labels and from the teacher's answers in the kit.
`--alone` leaves the teacher out and everything else as it is: the control that shows what distillation is worth.
`--epochs 8 --seed N PATH`, with and without `--alone`, is what the editorial compares.
"""

import argparse
from pathlib import Path

from challenges.datasets import fashion_mnist
from challenges.distil_student.teacher import logits
from challenges.int8_fashion.prepare import ResNet8
from challenges.training import Schedule, Teacher, accuracy, export, single_threaded, train

WIDTH = 12  # 43,762 parameters once batch normalisation is folded
SCHEDULE = Schedule(epochs=16, seed=1)


def main() -> None:
    """Train, say how good it is, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("student.onnx"))
    parser.add_argument("--seed", type=int, default=SCHEDULE.seed)
    parser.add_argument("--epochs", type=int, default=SCHEDULE.epochs)
    parser.add_argument("--alone", action="store_true", help="no teacher")
    given = parser.parse_args()
    single_threaded(given.seed)
    student = ResNet8(WIDTH)
    teacher = None if given.alone else Teacher(logits=logits())
    train(student, fashion_mnist.training(), Schedule(epochs=given.epochs, seed=given.seed), teacher)
    print(f"validation accuracy {accuracy(student, fashion_mnist.validation()):.4f}")
    export(student, given.path)


if __name__ == "__main__":
    main()
