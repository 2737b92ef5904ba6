"""Rebuild pruned.onnx: `python -m challenges.resnet50_locked.solutions.reference.train`, eighteen minutes on one core.

The baseline is the teacher of what is left of it.
"""

import argparse
from pathlib import Path

import onnx

from challenges.datasets import fashion_mnist
from challenges.finetuning import logits, retrained, worth_most
from challenges.training import Schedule, Teacher, single_threaded

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
SEED = 2026
BLOCK = 16  # channels that a kernel computes at once with AVX-512; 8 with AVX2


def main() -> None:
    """Prune, train with the teacher's answers, say how good it is, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("pruned.onnx"))
    parser.add_argument("--share", type=float, default=0.45, help="of the multiply-accumulates that is left")
    parser.add_argument("--epochs", type=int, default=6)
    chosen = parser.parse_args()
    single_threaded(SEED)
    model, training = onnx.load(BASELINE), fashion_mnist.training()
    keep = worth_most(model, training, chosen.share, BLOCK)
    teacher = Teacher(logits=logits(model, training.inputs))
    schedule = Schedule(epochs=chosen.epochs, seed=SEED, peak_rate=0.05)
    onnx.save(retrained(model, keep, training, fashion_mnist.validation(), schedule, teacher), chosen.path)


if __name__ == "__main__":
    main()
