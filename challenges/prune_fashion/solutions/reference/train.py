"""Rebuild entry.onnx: `python -m challenges.prune_fashion.solutions.reference.train --distil`, six minutes on one core.

With `--share 0.5 --epochs 2 PATH` it makes the entry of `pass`; the other options are what the editorial compares.
"""

import argparse
from pathlib import Path

import onnx

from challenges.datasets import fashion_mnist
from challenges.finetuning import Network, logits, pruned, taylor
from challenges.pruning import Indices, macs, magnitude, plan, remove, strongest
from challenges.training import Schedule, Teacher, accuracy, single_threaded, train

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
    return {name: strongest(each, round(share**0.5 * len(each))) for name, each in scores.items()}


def tell(stage: str, network: Network) -> None:
    """Print how good a network is on the items that are held back."""
    print(f"{stage}: validation accuracy {accuracy(network.eval(), fashion_mnist.validation()):.4f}", flush=True)


def main() -> None:
    """Prune, train, say how good it is, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("entry.onnx"))
    parser.add_argument("--share", type=float, default=0.35, help="of the multiply-accumulates that is left")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--even", action="store_true", help="equal shares by magnitude")
    parser.add_argument("--distil", action="store_true", help="the baseline as a teacher")
    chosen = parser.parse_args()
    single_threaded(SEED)
    model, training = onnx.load(BASELINE), fashion_mnist.training()
    keep = (even if chosen.even else uneven)(model, chosen.share)
    cut = remove(model, keep)
    print(f"channels {[len(left) for left in keep.values()]}, {macs(cut, {}):,} multiply-accumulates")
    tell("cut", Network(cut))
    network = pruned(model, keep, training.inputs)
    tell("with the old statistics", network)
    teacher = Teacher(logits=logits(model, training.inputs)) if chosen.distil else None
    train(network, training, Schedule(epochs=chosen.epochs, seed=SEED, peak_rate=0.05), teacher)
    tell("trained", network)
    onnx.save(network.folded(), chosen.path)


if __name__ == "__main__":
    main()
