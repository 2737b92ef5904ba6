"""A search that runs in minutes: `python search.py FOLDER`. Needs torch.

Draws plain stacks of convolutions, keeps those within the budget of multiply-accumulates, trains each for a moment and
writes the best as entry.onnx. FOLDER holds the training file of Fashion-MNIST. What to improve: the family of networks,
the budget of memory (not looked at here), how many are tried and how long each is trained.
"""

import gzip
import random
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).parent
MAX_MACS = 250_000
TRIALS, STEPS, BATCH_ITEMS, RATE = 4, 60, 128, 0.05
TRAINING_ITEMS = 54_000  # the rest of the file is for validation


def labelled(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images as bytes [items, 28, 28], and labels."""
    pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    images = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28)
    return images[:TRAINING_ITEMS], np.frombuffer(labels, np.uint8, offset=8)[:TRAINING_ITEMS].astype(np.int64)


def normalised(images: np.ndarray) -> Tensor:
    """What the network takes: float32 [items, 1, 28, 28]."""
    return torch.from_numpy((images[:, None].astype(np.float32) / 255 - 0.2860) / 0.3530)


def draw() -> list[int]:
    """Channels of three 3x3 convolutions of stride 2."""
    choices = ((4, 8, 12), (8, 16, 24, 32), (16, 24, 32, 48))
    return [random.choice(widths) for widths in choices]  # noqa: S311 - not for secrets


def macs(widths: list[int]) -> int:
    """Multiply-accumulates: 14, 7 and 4 pixels a side."""
    first, second, third = widths
    return 9 * (14**2 * first + 7**2 * first * second + 4**2 * second * third) + 10 * third


def network(widths: list[int]) -> nn.Module:
    """Convolutions with batch normalisation, average, linear layer."""
    layers: list[nn.Module] = []
    for before, after in zip([1, *widths], widths, strict=False):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10))


def train(model: nn.Module, images: np.ndarray, labels: np.ndarray) -> None:
    """A moment of it."""
    optimiser = torch.optim.SGD(model.parameters(), RATE, momentum=0.9)
    for _ in range(STEPS):
        chosen = torch.randint(len(labels), (BATCH_ITEMS,)).numpy()
        loss = functional.cross_entropy(model(normalised(images[chosen])), torch.from_numpy(labels[chosen]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()


def accuracy(model: nn.Module) -> float:
    """On the validation images of the kit."""
    with np.load(HERE / "calibration.npz") as data, torch.no_grad():
        answers = model(torch.from_numpy(data["validation_inputs"])).argmax(1).numpy()
        return float((answers == data["validation_labels"]).mean())


def export(model: nn.Module) -> None:
    """Write entry.onnx with any batch size."""
    names = {"input_names": ["input"], "output_names": ["logits"]}
    axes = {"input": {0: "batch"}, "logits": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = (torch.zeros(1, 1, 28, 28),)
        torch.onnx.export(
            model, sample, HERE / "entry.onnx", dynamo=False, opset_version=17, dynamic_axes=axes, **names
        )


def main(folder: Path) -> None:
    """Search, and write the best."""
    random.seed(0)
    torch.manual_seed(0)
    images, labels = labelled(folder)
    tried = []
    while len(tried) < TRIALS:
        widths = draw()
        if macs(widths) > MAX_MACS:
            continue
        model = network(widths)
        train(model, images, labels)
        tried.append((accuracy(model), model))
        print(f"{widths}: {macs(widths):,} MACs, validation accuracy {tried[-1][0]:.4f}")
    export(max(tried, key=lambda pair: pair[0])[1])
    print("wrote entry.onnx; now run: python measure.py")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
