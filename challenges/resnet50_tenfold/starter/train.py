"""Train a small network and write entry.onnx: `python train.py --epochs 2`. Needs torch.

--data names the folder with the training images of Fashion-MNIST. The baseline is a good teacher as well: what it
answers can be computed with onnxruntime.
"""

import argparse
from pathlib import Path

import torch
from fashion import DATA, export, train, training_items
from torch import nn
from torch.nn import functional

HERE = Path(__file__).parent


def network() -> nn.Module:
    """Fast, and not accurate enough. Your work goes here."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    model = network()
    images, labels = training_items(chosen.data)
    train(model, images, lambda scores, batch: functional.cross_entropy(scores, labels[batch]), chosen.epochs, 0.2)
    export(model, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
