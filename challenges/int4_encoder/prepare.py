"""Rebuild baseline.onnx, a small text encoder: `python -m challenges.int4_encoder.prepare`, four minutes on one core.

Same machine, same file. Another CPU adds in another order, and its weights differ in the last bits and, after
thousands of steps, by more; accuracy stays within a few tenths of a point. The file in the repository is the baseline.
"""

import argparse
import math
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets import wordnet_glosses
from challenges.datasets.base import Labelled
from challenges.training import OPSET, accuracy, single_threaded

WIDTH, HEADS, LAYERS, EXPANSION = 128, 4, 2, 2
EPOCHS, SEED = 3, 2026
BATCH_ITEMS, PEAK_RATE, WEIGHT_DECAY, DROPOUT = 128, 2e-3, 0.05, 0.2
BUCKET = 50  # batches whose glosses are sorted by length together, so that little padding is computed
HIDES = -1e4  # added to the score of a padded word


class Linear(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """x @ W + b, with W stored as it is multiplied: [inputs, outputs]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / math.sqrt(inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """x: [..., inputs] -> [..., outputs]."""
        return x @ self.weight + self.bias


class Attention(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """Every word looks at every other, in HEADS ways."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key = Linear(width, width), Linear(width, width)
        self.value, self.out = Linear(width, width), Linear(width, width)
        self.head_width = width // HEADS

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """x: [batch, words, width]; hidden: [batch, 1, 1, words], HIDES where a word is padding."""
        query, key, value = (self.split(layer(x)) for layer in (self.query, self.key, self.value))
        scores = query @ key.transpose(2, 3) * self.head_width**-0.5 + hidden
        mixed = (scores.softmax(3) @ value).transpose(1, 2)
        return self.out(mixed.reshape(-1, length(x), HEADS * self.head_width))

    def split(self, x: Tensor) -> Tensor:
        """[batch, words, width] -> [batch, heads, words, width of a head]."""
        return x.reshape(-1, length(x), HEADS, self.head_width).transpose(1, 2)


def length(x: Tensor) -> int:
    """Number of words. A plain integer, so that the exported graph holds it as a constant and does not compute it."""
    return int(x.shape[1])


class Block(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """Attention and a two-layer network, each normalised first and added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(width), Attention(width)
        self.network_norm = nn.LayerNorm(width)
        self.wide, self.narrow = Linear(width, EXPANSION * width), Linear(EXPANSION * width, width)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """x: [batch, words, width] -> the same shape."""
        x = x + self.drop(self.attention(self.attention_norm(x), hidden))
        return x + self.drop(self.narrow(functional.relu(self.wide(self.network_norm(x)))))


class Encoder(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """Word numbers in, one score per class out. Most of its weights are the table of words."""

    def __init__(self, width: int = WIDTH, layers: int = LAYERS) -> None:
        super().__init__()
        self.words = nn.Embedding(wordnet_glosses.VOCABULARY, width)
        self.places = nn.Parameter(torch.randn(wordnet_glosses.TOKENS, width) * 0.02)
        self.drop = nn.Dropout(DROPOUT)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = Linear(width, len(wordnet_glosses.CLASSES))
        nn.init.normal_(self.words.weight, std=0.3)

    def forward(self, numbers: Tensor) -> Tensor:
        """numbers: int64 [batch, words] -> logits [batch, classes], from the mean over the words that are there."""
        present = (numbers != wordnet_glosses.PADDING).float()
        hidden = ((1 - present) * HIDES)[:, None, None, :]
        x = self.drop(self.words(numbers) + self.places[: length(numbers)])
        for block in self.blocks:
            x = block(x, hidden)
        weighted = self.norm(x) * present[..., None]
        return self.head(weighted.sum(1) / present.sum(1, keepdim=True).clamp(min=1))


def train(model: nn.Module, data: Labelled, epochs: int, seed: int) -> None:
    """Fit `model` in place: AdamW, one learning-rate cycle. The same data, seed and machine give the same weights."""
    order = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(model.parameters(), PEAK_RATE, weight_decay=WEIGHT_DECAY)
    steps = epochs * (len(data.labels) // BATCH_ITEMS)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1)
    model.train()
    for epoch in range(epochs):
        losses = []
        for batch in batches(data, order):
            losses.append(step(model, optimiser, data, batch))
            rate.step()
        print(f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}", flush=True)
    model.eval()


def batches(data: Labelled, order: np.random.Generator) -> list[np.ndarray]:
    """Shuffled indices in full batches of glosses that are about as long as each other."""
    lengths = (data.inputs != wordnet_glosses.PADDING).sum(1)
    shuffled = order.permutation(len(lengths))
    buckets = np.array_split(shuffled, len(shuffled) // (BUCKET * BATCH_ITEMS) + 1)
    ordered = np.concatenate([bucket[np.argsort(lengths[bucket], kind="stable")] for bucket in buckets])
    full = ordered[: len(ordered) - len(ordered) % BATCH_ITEMS].reshape(-1, BATCH_ITEMS)
    return list(order.permutation(full))


def step(model: nn.Module, optimiser: torch.optim.Optimizer, data: Labelled, batch: np.ndarray) -> float:
    """One batch forward, backward and into the weights; the loss before that. Columns of padding only are left out."""
    numbers = data.inputs[batch]
    longest = int((numbers != wordnet_glosses.PADDING).sum(1).max())
    optimiser.zero_grad(set_to_none=True)
    logits = model(torch.from_numpy(numbers[:, :longest].copy()))
    loss = functional.cross_entropy(logits, torch.from_numpy(data.labels[batch]))
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return float(loss.item())


def export(model: nn.Module, path: Path) -> None:
    """Write `model` as ONNX."""
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript, which nothing else of ours does; constant lengths are what we want.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            model.eval(),
            (torch.zeros(1, wordnet_glosses.TOKENS, dtype=torch.int64),),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=["input"],
            output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        )


def build(path: Path, seed: int = SEED, epochs: int = EPOCHS, width: int = WIDTH, layers: int = LAYERS) -> None:
    """Train on the training split and write the model to `path`."""
    single_threaded(seed)
    model = Encoder(width, layers)
    train(model, wordnet_glosses.training(), epochs, seed)
    print(f"validation accuracy {accuracy(model, wordnet_glosses.validation()):.4f}")
    export(model, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("baseline.onnx"))
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    build(arguments.path, arguments.seed)
