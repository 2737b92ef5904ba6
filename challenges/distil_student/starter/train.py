"""Train a student with PyTorch and write entry.onnx: `python train.py --epochs 2` (a few seconds to a minute each).

Needs torch, and the training images of Fashion-MNIST as the two train-*.gz files in the folder that --data names.
Without --alpha it learns from the labels alone; teacher.npz is there for the rest, and the loss is yours to write.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HERE = Path(__file__).parent
DATA = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package dataset-fashion-mnist puts them
TRAINING_ITEMS = 54_000  # the teacher's answers are for these, in this order
BATCH = 128


def training_items(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Images, normalised as the models expect them, and labels."""
    pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 1, 28, 28)[:TRAINING_ITEMS].astype(np.float32)
    known = np.frombuffer(labels, np.uint8)[:TRAINING_ITEMS].astype(np.int64)
    return torch.from_numpy((images / 255 - 0.2860) / 0.3530), torch.from_numpy(known)


def student() -> nn.Module:
    """Far below the limit of parameters. Your work goes here."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)),
    )


def loss(scores: torch.Tensor, labels: torch.Tensor, teacher: torch.Tensor, alpha: float) -> torch.Tensor:
    """scores, teacher: [batch, 10]. Here is room for what the teacher knows besides the label."""
    soft = torch.zeros(())
    return alpha * soft + (1 - alpha) * functional.cross_entropy(scores, labels)


def train(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, epochs: int, alpha: float) -> None:
    """SGD with one cycle of the learning rate."""
    with np.load(HERE / "teacher.npz") as stored:
        teacher = torch.from_numpy(stored["logits"].astype(np.float32))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = epochs * -(-len(labels) // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.2, total_steps=steps)
    for epoch in range(epochs):
        losses = []
        for batch in torch.randperm(len(labels)).split(BATCH):
            optimiser.zero_grad()
            found = loss(model(images[batch]), labels[batch], teacher[batch], alpha)
            found.backward()
            optimiser.step()
            rate.step()
            losses.append(found.item())
        print(f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}", flush=True)


def export(model: nn.Module, path: Path) -> None:
    """Write the student as ONNX."""
    torch.onnx.export(
        model.eval(),
        (torch.zeros(1, 1, 28, 28),),
        path,
        dynamo=False,  # the other exporter needs one more package
        opset_version=17,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--alpha", type=float, default=0.0, help="weight of the teacher's part of the loss")
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    model = student()
    print(f"{sum(part.numel() for part in model.parameters()):,} parameters")
    train(model, *training_items(chosen.data), chosen.epochs, chosen.alpha)
    export(model, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
