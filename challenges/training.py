"""Training of the baselines: torch, one thread, one seed. Only `prepare.py` imports this; grading needs no torch."""

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets.base import Labelled

OPSET = 17

Augmentation = Callable[[Tensor, torch.Generator], Tensor]
"""Changes a batch [items, ...] in a way that does not change what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast to learn: SGD with Nesterov momentum, one learning-rate cycle."""

    epochs: int
    seed: int
    peak_rate: float = 0.2
    batch_items: int = 128
    weight_decay: float = 5e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """What a larger network answers, to learn from besides the labels.

    logits: float [items, classes], of the training items in their order. alpha in [0, 1] weighs its part of the loss;
    see grader.quantization.distillation for the formula.
    """

    logits: npt.NDArray[np.floating[Any]]
    temperature: float = 4.0
    alpha: float = 0.9

    def loss(self, student: Tensor, hard: Tensor, batch: Tensor) -> Tensor:
        """α · T² · KL(teacher ‖ student) + (1 − α) · hard for the items numbered `batch`. student: [batch, classes]."""
        t = self.temperature
        logits = torch.from_numpy(self.logits[batch.numpy()].astype(np.float32))
        soft = functional.kl_div(
            functional.log_softmax(student / t, 1), functional.softmax(logits / t, 1), reduction="batchmean"
        )
        return self.alpha * t * t * soft + (1 - self.alpha) * hard


def augment_pictures(inputs: Tensor, order: torch.Generator) -> Tensor:
    """Mirror half of the batch and move the whole of it by up to two pixels."""
    mirrored = torch.rand(len(inputs), 1, 1, 1, generator=order) < 0.5
    inputs = torch.where(mirrored, inputs.flip(3), inputs)
    down, right = torch.randint(-2, 3, (2,), generator=order).tolist()
    moved = functional.pad(inputs, (2, 2, 2, 2), value=float(inputs.min()))[:, :, 2 + down : 30 + down]
    return moved[..., 2 + right : 30 + right].contiguous(memory_format=torch.channels_last)


def train(
    model: nn.Module,
    data: Labelled,
    schedule: Schedule,
    teacher: Teacher | None = None,
    augment: Augmentation = augment_pictures,
) -> None:
    """Fit `model` in place. The same data, schedule and machine give the same weights, bit for bit."""
    model.to(memory_format=torch.channels_last).train()
    order = torch.Generator().manual_seed(schedule.seed)
    optimiser = torch.optim.SGD(
        model.parameters(), schedule.peak_rate, momentum=0.9, weight_decay=schedule.weight_decay, nesterov=True
    )
    labels = torch.from_numpy(data.labels.copy())
    steps = schedule.epochs * (len(labels) // schedule.batch_items)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.peak_rate, total_steps=steps, pct_start=0.25)
    for epoch in range(schedule.epochs):
        losses = []
        for batch in _batches(len(labels), schedule.batch_items, order):
            inputs = augment(torch.from_numpy(data.inputs[batch.numpy()]), order)
            loss = functional.cross_entropy(logits := model(inputs), labels[batch])
            losses.append(_step(optimiser, loss if teacher is None else teacher.loss(logits, loss, batch)))
            rate.step()
        print(f"epoch {epoch + 1}/{schedule.epochs}: loss {np.mean(losses):.4f}", flush=True)
    model.eval()


def single_threaded(seed: int) -> None:
    """Make torch repeatable: one thread, no algorithm that depends on timing, this seed for initial weights."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = (
        False  # nobody reads it, and filling takes a fifth of the time
    )
    torch.manual_seed(seed)


def accuracy(model: nn.Module, data: Labelled) -> float:
    """Fraction of `data` that the model answers correctly."""
    with torch.no_grad():
        answers = [model(torch.from_numpy(part.copy())).argmax(1) for part in np.array_split(data.inputs, 20)]
    return float((torch.cat(answers).numpy() == data.labels).mean())


def export(model: nn.Module, path: Path, item: tuple[int, ...] = (1, 28, 28), output: str = "logits") -> None:
    """Write `model` as ONNX with its batch normalisation folded into the convolutions; any batch, item: one's shape."""
    names = {"input_names": ["input"], "output_names": [output]}
    axes = {"input": {0: "batch"}, output: {0: "batch"}}
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript, which nothing else of ours does.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            model.eval().to(memory_format=torch.contiguous_format),
            (torch.zeros(1, *item),),
            path,
            dynamo=False,
            opset_version=OPSET,
            dynamic_axes=axes,
            **names,
        )


def chosen(description: str | None, script: str, schedule: Schedule) -> tuple[Path, Schedule]:
    """The command line of a prepare.py: where to (baseline.onnx beside the script by default), seed and epochs."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("path", type=Path, nargs="?", default=Path(script).with_name("baseline.onnx"))
    parser.add_argument("--seed", type=int, default=schedule.seed, help="another one shows how far luck moves figures")
    parser.add_argument("--epochs", type=int, default=schedule.epochs)
    given = parser.parse_args()
    return given.path, replace(schedule, seed=given.seed, epochs=given.epochs)


def _batches(items: int, batch_items: int, order: torch.Generator) -> list[Tensor]:
    """Shuffled indices in full batches; the few that are left over wait for the next epoch's shuffle."""
    shuffled = torch.randperm(items, generator=order)
    return list(shuffled[: items - items % batch_items].split(batch_items))


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> float:
    """One batch backward and into the weights; the loss before that."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return float(loss.item())
