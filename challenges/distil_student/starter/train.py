"""Train a student and write entry.onnx: `python train.py --epochs 2`. Needs torch.

--data names the folder with the training images of Fashion-MNIST. Without --alpha the student learns from the labels
alone; teacher.npz is there for the rest, and the loss is yours to write.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from fashion import DATA, export, train, training_items
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).parent


def student() -> nn.Module:
    """Far below the limit of parameters. Your work goes here."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)),
    )


def loss(scores: Tensor, labels: Tensor, teacher: Tensor, alpha: float) -> Tensor:
    """scores, teacher: [batch, 10]. Here is room for what the teacher knows besides the label."""
    soft = torch.zeros(())
    return alpha * soft + (1 - alpha) * functional.cross_entropy(scores, labels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--alpha", type=float, default=0.0, help="weight of the teacher's part of the loss")
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    model = student()
    print(f"{sum(part.numel() for part in model.parameters()):,} parameters")
    images, labels = training_items(chosen.data)
    with np.load(HERE / "teacher.npz") as stored:
        teacher = torch.from_numpy(stored["logits"].astype(np.float32))
    train(
        model,
        images,
        lambda scores, batch: loss(scores, labels[batch], teacher[batch], chosen.alpha),
        chosen.epochs,
        peak_rate=0.2,
    )
    export(model, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
