"""Where a student begins: `python train.py --epochs 1` trains one on the labels and writes entry.onnx. Needs torch.

The teacher's answers are loaded and not used: loss() is yours. --data names the folder with the training images of
Fashion-MNIST. A laptop needs a minute or so for an epoch.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from fashion import DATA, export, train, training_items
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).parent
WIDTHS = (8, 16, 32)  # channels. How many can 50,000 parameters pay for, and where are they worth most?
PEAK_RATE = 0.1


def student() -> nn.Module:
    """A plain chain of convolutions."""
    layers: list[nn.Module] = []
    for before, after in zip((1, *WIDTHS), WIDTHS, strict=False):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTHS[-1], 10))


def loss(scores: Tensor, labels: Tensor, taught: Tensor) -> Tensor:
    """What the student gets wrong. Your work goes here: the teacher's logits are not looked at yet.

    scores, taught: [batch, 10]; labels: [batch].
    """
    return functional.cross_entropy(scores, labels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    images, labels = training_items(chosen.data)
    with np.load(HERE / "teacher.npz") as stored:
        logits = torch.from_numpy(stored["logits"].astype(np.float32))  # one row for each of the images, in their order
    network = student()
    print(f"{sum(weights.numel() for weights in network.parameters()):,} parameters")
    train(network, images, lambda scores, batch: loss(scores, labels[batch], logits[batch]), chosen.epochs, PEAK_RATE)
    export(network, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
