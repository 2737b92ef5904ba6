"""Rebuild student.onnx: `python -m challenges.resnet50_tenfold.solutions.reference.train`, ten minutes on one core.

A ResNet-8 of half of int8_fashion's width learns from the labels and from what the ResNet-50 answers. `--alone` leaves
the teacher out and everything else as it is; `--seed N` shows how far luck moves the result.
"""

import argparse
from pathlib import Path

import onnx

from challenges.datasets import fashion_mnist
from challenges.finetuning import logits
from challenges.int8_fashion.prepare import ResNet8
from challenges.training import Schedule, Teacher, accuracy, export, single_threaded, train

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
WIDTH = 16
SEED, EPOCHS = 2026, 24


def main() -> None:
    """Train, say how good it is, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("student.onnx"))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--alone", action="store_true", help="without the teacher")
    given = parser.parse_args()
    single_threaded(given.seed)
    training = fashion_mnist.training()
    teacher = None if given.alone else Teacher(logits=logits(onnx.load(BASELINE), training.inputs))
    student = ResNet8(WIDTH)
    train(student, training, Schedule(epochs=given.epochs, seed=given.seed), teacher)
    print(f"validation accuracy {accuracy(student, fashion_mnist.validation()):.4f}")
    export(student, given.path)


if __name__ == "__main__":
    main()
