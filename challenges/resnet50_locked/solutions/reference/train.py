"""Rebuild pruned.onnx: `python -m challenges.resnet50_locked.solutions.reference.train`, eight minutes on one core."""

import argparse
from pathlib import Path

import onnx

from challenges.datasets import fashion_mnist
from challenges.distil_student.prepare import teacher
from challenges.finetuning import pruned, taylor
from challenges.pruning import Indices, macs, prunable, strongest
from challenges.training import Schedule, accuracy, single_threaded, train

BASELINE = Path(__file__).parents[2] / "baseline.onnx"
SEED = 2026
SCORED_ITEMS = 4_096
BLOCK = 8


def channels_to_keep(model: onnx.ModelProto, inner: float, outer: float) -> dict[str, Indices]:
    """The most important channels: a share `inner` of those within the blocks, `outer` of those that Adds join.

    Multiples of a kernel's block; the stem's stay.
    """
    known = fashion_mnist.training().first(SCORED_ITEMS)
    scores = taylor(model, known.inputs, known.labels)
    keep = {}
    for name, width in prunable(model).items():
        share = 1 if "/stem/" in name else outer if "/up/" in name else inner
        number = max(BLOCK, BLOCK * round(share * width / BLOCK))
        keep[name] = strongest(scores[name], number)
    return keep


def main() -> None:
    """Prune, train with the teacher's answers, say how good it is, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("pruned.onnx"))
    parser.add_argument("--inner", type=float, default=0.5)
    parser.add_argument("--outer", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=4)
    chosen = parser.parse_args()
    single_threaded(SEED)
    model = onnx.load(BASELINE)
    keep = channels_to_keep(model, chosen.inner, chosen.outer)
    training = fashion_mnist.training()
    network = pruned(model, keep, training.inputs)
    train(network, training, Schedule(epochs=chosen.epochs, seed=SEED, peak_rate=0.05), teacher())
    entry = network.folded()
    found = accuracy(network, fashion_mnist.validation())
    print(f"{macs(entry, {}):,} multiply-accumulates, validation accuracy {found:.4f}")
    onnx.save(entry, chosen.path)


if __name__ == "__main__":
    main()
