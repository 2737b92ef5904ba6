"""Rebuild entry.onnx: `python -m challenges.prune_fashion.solutions.reference.train`, about two minutes on one core.

With `--share 0.5 --epochs 2 PATH` it makes the entry of `pass`; the other options are what the editorial compares.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx

from challenges.datasets import fashion_mnist
from challenges.finetuning import Network, logits, pruned, taylor
from challenges.pruning import Indices, macs, magnitude, plan
from challenges.training import Schedule, Teacher, accuracy, single_threaded

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
SEED = 2026
BLOCK = 16  # channels that a kernel computes at once with AVX-512; 8 with AVX2
SCORED_ITEMS = 4_096


def uneven(model: onnx.ModelProto, share: float) -> dict[str, Indices]:
    """Channels to keep at this share of the work: a threshold on what a channel is worth for what it costs."""
    known = fashion_mnist.training().first(SCORED_ITEMS)
    return plan(model, taylor(model, known.inputs, known.labels), int(share * macs(model, {})), BLOCK)


def even(model: onnx.ModelProto, share: float) -> dict[str, Indices]:
    """The same part of every layer, by the magnitude of the weights: work goes with the square of the width."""
    scores = magnitude(model)
    return {name: np.sort(np.argsort(each)[::-1][: round(share**0.5 * len(each))]) for name, each in scores.items()}


def main() -> None:
    """Prune, train, say how good it is, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("entry.onnx"))
    parser.add_argument("--share", type=float, default=0.3, help="of the multiply-accumulates that is left")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--even", action="store_true", help="equal shares by magnitude")
    parser.add_argument("--distil", action="store_true", help="the baseline as a teacher")
    chosen = parser.parse_args()
    single_threaded(SEED)
    model, training = onnx.load(BASELINE), fashion_mnist.training()
    keep = (even if chosen.even else uneven)(model, chosen.share)
    teacher = Teacher(logits=logits(model, training.inputs)) if chosen.distil else None
    schedule = Schedule(epochs=chosen.epochs, seed=SEED, peak_rate=0.05)
    entry = pruned(model, keep, training, schedule, teacher)
    widths = [len(channels) for channels in keep.values()]
    found = accuracy(Network(entry).eval(), fashion_mnist.validation())
    print(f"channels {widths}, {macs(entry, {}):,} multiply-accumulates, validation accuracy {found:.4f}")
    onnx.save(entry, chosen.path)


if __name__ == "__main__":
    main()
