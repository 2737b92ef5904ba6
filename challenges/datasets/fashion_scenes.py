"""Scenes to detect garments in: 64x64 grey, one to four pictures of Fashion-MNIST on clutter, noise over all.

Nothing is stored: a seed gives the same scenes on every machine, because they are composed in whole numbers only.
Training and validation draw their garments from the two parts of the training file, public and hidden scenes from the
two halves of the test file; the hidden ones are composed by a seed that follows from the deployment's secret.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from challenges.datasets import fashion_mnist
from challenges.datasets.base import Downloaded, Labelled
from challenges.datasets.fashion_mnist import Pictures
from challenges.datasets.split import secret_seed
from grader.challenge import EvaluationSet, Float32

Pixels = npt.NDArray[np.int32]

SIDE = 64
MOST_GARMENTS = 4
GARMENT_SIDES = (16, 40)  # pixels; the pictures that are resized to it have a margin, so that boxes are smaller
OVERLAP = 0.15  # of two boxes (intersection over union); a garment that would cover more is placed elsewhere
PLACES = 12  # tried for a garment before the scene goes without it
OPAQUE_FROM = 64  # grey value of a garment's pixel that hides what is behind it; darker ones shine through
INK = 16  # grey value that belongs to the garment when its box is drawn

TRAINING_ITEMS = 8_000
VALIDATION_ITEMS = 3_000
EVALUATION_ITEMS = 3_000
SEEDS = {"training": 1, "validation": 2, "public": 3}


@dataclass(frozen=True, slots=True)
class Box:
    """A garment's extent in whole pixels; right and bottom are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    def overlap(self, other: "Box") -> float:
        """Intersection over union."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(width, 0) * max(height, 0)
        return shared / (self.area + other.area - shared)

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    def label(self, garment: int) -> tuple[float, ...]:
        """(class, cx, cy, w, h), the last four as fractions of the scene's side."""
        left, top, right, bottom = (edge / SIDE for edge in (self.left, self.top, self.right, self.bottom))
        return garment, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


@dataclass(frozen=True, slots=True)
class Scenes:
    """pixels: uint8 [items, 64, 64]; labels: float32 [items, 4, 5].

    A row is (class, cx, cy, w, h) in fractions of the scene's side; rows that a scene does not need hold class -1.
    """

    pixels: npt.NDArray[np.uint8]
    labels: Float32 = field(repr=False)

    def labelled(self) -> Labelled:
        """Normalised for a model."""
        return Labelled(normalise(self.pixels), self.labels)


def training() -> Labelled:
    """8,000 scenes to learn and calibrate from; `compose` makes as many more as anybody wants."""
    return _composed("training", TRAINING_ITEMS).labelled()


def validation() -> Labelled:
    """3,000 scenes of garments that are held back from training."""
    return _composed("validation", VALIDATION_ITEMS).labelled()


def calibration(items: int) -> Float32:
    """The same `items` training scenes every time."""
    return _composed("training", items).labelled().inputs


@cache
def evaluation(split: Literal["public", "hidden"], secret: bytes) -> EvaluationSet:
    """3,000 scenes of one half of the test file's garments; `secret` decides on the halves and on the hidden scenes."""
    seed = secret_seed(secret, "fashion_scenes") if split == "hidden" else SEEDS["public"]
    scenes = compose(fashion_mnist.test_half(split, secret), EVALUATION_ITEMS, seed).labelled()
    return EvaluationSet(split, scenes.inputs, scenes.labels)


is_present: Callable[[], bool] = fashion_mnist.is_present


def fetch(progress: Downloaded = lambda name, fraction: None) -> None:
    """The garments are all that has to be downloaded. Raises ChallengeBroken."""
    fashion_mnist.fetch(progress)


def compose(pictures: Pictures, items: int, seed: int) -> Scenes:
    """The first `items` scenes of this seed. Takes about a second for 1,000."""
    draw = np.random.default_rng(seed)
    pixels = np.empty((items, SIDE, SIDE), np.uint8)
    labels = np.full((items, MOST_GARMENTS, 5), (-1, 0, 0, 0, 0), np.float32)
    for scene, label in zip(pixels, labels, strict=True):
        scene[...], placed = _scene(pictures, draw)
        label[: len(placed)] = placed
    return Scenes(pixels, labels)


@cache
def _composed(part: Literal["training", "validation"], items: int) -> Scenes:
    return compose(fashion_mnist.pictures(part), items, SEEDS[part])


def normalise(pixels: npt.NDArray[np.uint8]) -> Float32:
    """x = p / 127.5 - 1, as float32 [items, 1, 64, 64]. pixels: [items, 64, 64], 0 to 255."""
    return (pixels.astype(np.float32) / np.float32(127.5) - np.float32(1))[:, np.newaxis]


def _scene(pictures: Pictures, draw: np.random.Generator) -> tuple[Pixels, list[tuple[float, ...]]]:
    """One scene, 0 to 255, and its labels."""
    canvas = _background(draw)
    boxes: list[Box] = []
    labels = []
    for index in draw.integers(len(pictures.labels), size=draw.integers(1, MOST_GARMENTS + 1)):
        garment = _resized(pictures.pixels[index], draw)
        box = _place(canvas, garment, boxes, draw)
        if box is not None:
            boxes.append(box)
            labels.append(box.label(int(pictures.labels[index])))
    return _noisy(canvas, draw), labels


def _background(draw: np.random.Generator) -> Pixels:
    """A slope of grey with up to eight half-transparent rectangles and four bright lines on it."""
    level, down, right = _between(draw, 1, (10, -60, -60), (110, 60, 60))[0]
    ramp = np.arange(SIDE, dtype=np.int32)
    canvas: Pixels = level + (down * ramp[:, np.newaxis] + right * ramp) // SIDE
    for top, left, height, width, grey in _between(draw, int(draw.integers(9)), (0, 0, 3, 3, 0), (60, 60, 24, 24, 256)):
        patch = canvas[top : top + height, left : left + width]
        patch += (grey - patch) // 2
    for at, start, length, grey, upright in _between(
        draw, int(draw.integers(5)), (0, 0, 8, 0, 0), (64, 56, 48, 256, 2)
    ):
        (canvas.T if upright else canvas)[at, start : start + length] = grey
    return canvas


def _between(draw: np.random.Generator, rows: int, low: Sequence[int], high: Sequence[int]) -> list[list[int]]:
    """Rows of whole numbers, low <= x < high in each column. (numpy's own broadcasting takes five times as long.)"""
    spans = np.subtract(high, low)
    chosen: list[list[int]] = (low + (draw.integers(1 << 16, size=(rows, len(low))) * spans >> 16)).tolist()
    return chosen


def _resized(picture: npt.NDArray[np.uint8], draw: np.random.Generator) -> Pixels:
    """The picture at a random size and contrast, mirrored or not.

    Whole numbers up to 2^24 are exact in float32, whose products are far faster than those of integers.
    """
    [[side, brightness, mirrored]] = _between(draw, 1, (GARMENT_SIDES[0], 130, 0), (GARMENT_SIDES[1] + 1, 257, 2))
    taps = _taps(side)
    enlarged = (taps @ picture.astype(np.float32) @ taps.T).astype(np.int32) >> 16
    shown = enlarged * brightness >> 8
    return shown[:, ::-1] if mirrored else shown


@cache
def _taps(side: int) -> Float32:
    """[side, 28] bilinear weights in 256ths: row i reads the picture at (i + 0.5) * 28 / side - 0.5."""
    at = np.clip((np.arange(side) * 2 + 1) * 28 * 128 // side - 128, 0, 27 * 256)
    taps = np.zeros((side, 28), np.float32)
    low, rest = at // 256, at % 256
    taps[np.arange(side), low] = 256 - rest
    taps[np.arange(side), np.minimum(low + 1, 27)] += rest
    return taps


def _place(canvas: Pixels, garment: Pixels, boxes: list[Box], draw: np.random.Generator) -> Box | None:
    """Lay the garment where it covers no other, and give its box; None if no place was found."""
    inked = garment >= INK
    rows, columns = np.flatnonzero(inked.any(axis=1)).tolist(), np.flatnonzero(inked.any(axis=0)).tolist()
    for top, left in draw.integers(SIDE - len(garment) + 1, size=(PLACES, 2)).tolist():
        box = Box(left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        if all(box.overlap(other) <= OVERLAP for other in boxes):
            under = canvas[top : top + len(garment), left : left + len(garment)]
            opacity = np.minimum(garment * 256 // OPAQUE_FROM, 256)
            under += (garment - under) * opacity >> 8
            return box
    return None


def _noisy(canvas: Pixels, draw: np.random.Generator) -> Pixels:
    """Add noise of a strength that differs from scene to scene: a sum of two uniform ones, deviation 5 to 25 levels."""
    width = int(draw.integers(12, 62))
    noise = draw.integers(width, size=(2, SIDE, SIDE), dtype=np.uint8)
    noisy: Pixels = np.clip(canvas + noise[0] + noise[1] - (width - 1), 0, 255)
    return noisy
