"""Rebuild baseline.onnx, a detector in one shot: `python -m challenges.detect_scenes.prepare [--seed N] [PATH]`.

About six minutes on one core. Every epoch composes scenes that were not seen before from the training garments. The
same reservation about other machines as for int8_fashion.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import fashion_mnist, fashion_scenes
from challenges.datasets.base import Labelled
from challenges.training import Schedule, chosen, export, single_threaded

SCENE = (1, 64, 64)
CELLS = 8
OUTPUTS = 15  # objectness, x, y, w, h, ten classes
SCHEDULE = Schedule(epochs=12, seed=2026, peak_rate=4e-3, batch_items=64, weight_decay=1e-4)
SCENES = 8_000  # in an epoch
CHANNELS = (24, 48, 48, 96, 96, 64)
STRIDES = (2, 2, 1, 2, 1, 1)
RARELY = -3.0  # first guess of the objectness: most cells hold nothing

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of the answered cells, the scenes that they are about, and those scenes' labels."""


class Detector(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """3x3 convolutions down to a grid of 8x8 cells, and a 1x1 convolution that describes what is centred in each."""

    def __init__(self, channels: Sequence[int] = CHANNELS, strides: Sequence[int] = STRIDES) -> None:
        super().__init__()
        sizes = zip([1, *channels[:-1]], channels, strides, strict=True)
        self.layers = nn.Sequential(*(layer(before, after, stride) for before, after, stride in sizes))
        self.head = nn.Conv2d(channels[-1], OUTPUTS, 1)
        nn.init.constant_(self.head.bias[:1], RARELY)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, 1, 64, 64] -> cells [batch, 15, 8, 8], as grader.measure.detection decodes them."""
        return self.head(self.layers(x))


def layer(channels_in: int, channels: int, stride: int) -> nn.Module:
    """Convolution, batch normalisation, ReLU."""
    convolution = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU())


def targets(labels: Tensor) -> tuple[Tensor, Tensor]:
    """What a perfect detector would say, [batch, 8, 8, 5], and which cells hold a centre, bool [batch, 8, 8].

    labels: [batch, garments, 5]. The five are x and y as fractions of the cell, w and h of the scene, and the class.
    """
    wanted = torch.zeros(len(labels), CELLS, CELLS, 5)
    held = torch.zeros(len(labels), CELLS, CELLS, dtype=torch.bool)
    item, garment = (labels[..., 0] >= 0).nonzero(as_tuple=True)
    kind, x, y, w, h = labels[item, garment].unbind(1)
    column, row = (x * CELLS).long(), (y * CELLS).long()
    wanted[item, row, column] = torch.stack([x * CELLS - column, y * CELLS - row, w, h, kind], 1)
    held[item, row, column] = True
    return wanted, held


def loss(cells: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropies of objectness and class and the distance of the boxes, per scene; the last two where one is."""
    wanted, held = targets(labels)
    cells = cells.permute(0, 2, 3, 1)
    objectness = functional.binary_cross_entropy_with_logits(cells[..., 0], held.float(), reduction="sum")
    box = (cells[..., 1:5][held].sigmoid() - wanted[..., :4][held]) * torch.tensor([1.0, 1.0, 4.0, 4.0])
    kind = functional.cross_entropy(cells[..., 5:][held], wanted[..., 4][held].long(), reduction="sum")
    return (objectness + 2 * box.abs().sum() + kind) / len(labels)


def train(model: nn.Module, schedule: Schedule, loss_of: Loss = loss, scenes: int = SCENES) -> None:
    """Fit `model` in place with AdamW and one learning-rate cycle, on new scenes in every epoch."""
    model.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(model.parameters(), schedule.peak_rate, weight_decay=schedule.weight_decay)
    steps = schedule.epochs * (scenes // schedule.batch_items)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.peak_rate, total_steps=steps, pct_start=0.2)
    garments = fashion_mnist.pictures("training")
    for epoch in range(schedule.epochs):
        data = fashion_scenes.compose(garments, scenes, schedule.seed * 1_000 + epoch).labelled()
        losses = [_step(model, optimiser, rate, part, loss_of) for part in _batches(data, schedule.batch_items)]
        print(f"epoch {epoch + 1}/{schedule.epochs}: loss {np.mean(losses):.4f}", flush=True)
    model.eval()


def _batches(data: Labelled, batch_items: int) -> list[tuple[Tensor, Tensor]]:
    """Full batches; scenes come in random order as it is."""
    full = len(data.labels) // batch_items * batch_items
    inputs = torch.from_numpy(data.inputs[:full]).to(memory_format=torch.channels_last)
    return list(zip(inputs.split(batch_items), torch.from_numpy(data.labels[:full]).split(batch_items), strict=True))


def _step(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    rate: torch.optim.lr_scheduler.LRScheduler,
    part: tuple[Tensor, Tensor],
    loss_of: Loss,
) -> float:
    inputs, labels = part
    optimiser.zero_grad(set_to_none=True)
    found = loss_of(model(inputs), inputs, labels)
    found.backward()
    optimiser.step()
    rate.step()
    return float(found.item())


def build(path: Path, schedule: Schedule = SCHEDULE, scenes: int = SCENES) -> None:
    """Train on so many scenes an epoch and write the model to `path`."""
    single_threaded(schedule.seed)
    model = Detector()
    train(model, schedule, scenes=scenes)
    export(model, path, SCENE, "cells")


if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
