"""Train a small network on the labels alone and write student.onnx: `python train.py --epochs 2`. Needs torch.

--data names the folder with the training images of Fashion-MNIST.
"""

import argparse
from pathlib import Path

import torch
from fashion import DATA, export, train, training_items
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).parent
WIDTHS = (8, 16, 32)  # far below what the targets leave room for. What would a residual network of eight layers do?
PEAK_RATE = 0.1


def network() -> nn.Module:
    """Three convolutions of stride 2, the mean over the picture, a linear layer."""
    layers: list[nn.Module] = []
    for before, after in zip((1, *WIDTHS), WIDTHS, strict=False):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTHS[-1], 10))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    student = network()
    images, labels = training_items(chosen.data)

    def loss(scores: Tensor, batch: Tensor) -> Tensor:
        """Your teacher goes here: `batch` numbers the images, so its answers to all of them can be computed once."""
        return functional.cross_entropy(scores, labels[batch])

    train(student, images, loss, chosen.epochs, PEAK_RATE)
    export(student, HERE / "student.onnx")
    print("wrote student.onnx; now run: python quantize.py student.onnx")
