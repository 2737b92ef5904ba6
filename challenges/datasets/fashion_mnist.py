"""Fashion-MNIST: 60,000 + 10,000 grey pictures of clothes, 28x28, 10 classes (Xiao et al. 2017, arXiv:1708.07747; MIT).

Read from the Debian package `dataset-fashion-mnist` or from what `fetch` downloaded. The checksums are those of the
decompressed files: Debian's archives leave out the file name that the published ones carry. Put back with its date
(2017-08-31), it gives the published archives to the byte, so that one checksum serves both.
"""

import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from challenges.datasets.base import Downloaded, Labelled
from challenges.datasets.download import download
from challenges.datasets.split import hidden_indices
from challenges.home import home
from grader.challenge import EvaluationSet, Float32, Int64
from grader.errors import ChallengeBroken

NAME = "fashion-mnist"
PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
SOURCES = (
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
CONTENT_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
MEAN, DEVIATION = 0.2860, 0.3530  # of the training pixels, as fractions of white
TRAINING_ITEMS = 54_000  # the last 6,000 of the training file are for validation
HIDDEN_ITEMS = 5_000


@dataclass(frozen=True, slots=True)
class Pictures:
    """One file of the data set as it is stored. pixels: uint8 [items, 28, 28]; labels: int64 [items], 0 to 9."""

    pixels: npt.NDArray[np.uint8]
    labels: Int64 = field(repr=False)

    def chosen(self, items: slice | Int64) -> "Pictures":
        """Some of them, as they are stored: float32 takes four times the room, so choose before normalising."""
        return Pictures(self.pixels[items], self.labels[items])

    def labelled(self) -> Labelled:
        """Normalised for a model."""
        return Labelled(normalise(self.pixels), self.labels)


def training() -> Labelled:
    """What a candidate may learn and calibrate from: 54,000 items."""
    return pictures("training").labelled()


def validation() -> Labelled:
    """6,000 items of the training file that are held back to choose between variants."""
    return pictures("validation").labelled()


def evaluation(split: Literal["public", "hidden"], secret: bytes) -> EvaluationSet:
    """One half of the test file; which half an item falls into is known to the owner of `secret` only."""
    half = test_half(split, secret).labelled()
    return EvaluationSet(split, half.inputs, half.labels)


def pictures(part: Literal["training", "validation"]) -> Pictures:
    """Either part of the training file, as stored."""
    return _file("train").chosen(slice(TRAINING_ITEMS) if part == "training" else slice(TRAINING_ITEMS, None))


def test_half(split: Literal["public", "hidden"], secret: bytes) -> Pictures:
    """Either half of the test file, as stored."""
    test = _file("t10k")
    hidden = hidden_indices(len(test.labels), HIDDEN_ITEMS, secret)
    return test.chosen(hidden if split == "hidden" else np.setdiff1d(np.arange(len(test.labels)), hidden))


def calibration(items: int) -> Float32:
    """The same `items` training inputs every time, drawn across the whole training split."""
    order = np.random.default_rng(0).permutation(TRAINING_ITEMS)
    return _file("train").chosen(order[:items]).labelled().inputs


def is_present() -> bool:
    """Whether every file lies on this machine (their content is checked when they are read)."""
    return all(_find(name) for name in CONTENT_SHA256)


def fetch(progress: Downloaded = lambda name, fraction: None) -> None:
    """Download what is missing into KARUI_HOME. Raises ChallengeBroken if no source gives the right bytes."""
    for name in CONTENT_SHA256:
        if _find(name) is None:
            _fetch_one(name, progress)


def normalise(pixels: npt.NDArray[np.uint8]) -> Float32:
    """x = (p / 255 - mean) / deviation, as float32 [items, 1, 28, 28]. pixels: [items, 28, 28], 0 to 255."""
    scaled = (pixels.astype(np.float32) / np.float32(255) - np.float32(MEAN)) / np.float32(DEVIATION)
    return scaled[:, np.newaxis]


def downloads() -> Path:
    """The folder that `fetch` fills."""
    return home() / "datasets" / NAME


def _find(name: str) -> Path | None:
    places = (folder / f"{name}.gz" for folder in (DEBIAN_FOLDER, downloads()))
    return next((place for place in places if place.is_file()), None)


@cache
def _file(part: str) -> Pictures:
    """One of the two files with its labels, decoded once per process. Raises ChallengeBroken."""
    pixels = _content(f"{part}-images-idx3-ubyte", header_bytes=16).reshape(-1, 28, 28)
    return Pictures(pixels, _content(f"{part}-labels-idx1-ubyte", header_bytes=8).astype(np.int64))


def _content(name: str, header_bytes: int) -> npt.NDArray[np.uint8]:
    """Body of an IDX file of bytes, whose header holds a magic number and the dimensions. Raises ChallengeBroken."""
    path = _find(name)
    if path is None:
        raise ChallengeBroken("dataset_missing", dataset=NAME, package=PACKAGE)
    return np.frombuffer(_verified(path, name), np.uint8, offset=header_bytes)


def _verified(path: Path, name: str) -> bytes:
    """The decompressed file. Raises ChallengeBroken unless it is exactly what was published."""
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as broken:
        raise ChallengeBroken("dataset_altered", dataset=NAME, file=path.name) from broken
    if hashlib.sha256(content).hexdigest() != CONTENT_SHA256[name]:
        raise ChallengeBroken("dataset_altered", dataset=NAME, file=path.name)
    return content


def _fetch_one(name: str, progress: Downloaded) -> None:
    """Try each source in turn. Raises ChallengeBroken with the last reason."""
    reasons = []
    for source in SOURCES:
        try:
            return _fetch_from(source, name, progress)
        except (OSError, ChallengeBroken) as failure:
            reasons.append(f"{urlsplit(source).hostname}: {failure}")
    raise ChallengeBroken("dataset_unreachable", dataset=NAME, package=PACKAGE, reason="; ".join(reasons))


def _fetch_from(source: str, name: str, progress: Downloaded) -> None:
    """A file takes its final name only when its content is right; one that is cut off is continued next time."""
    part = downloads() / f"{name}.gz.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    download(f"{source}{name}.gz", part, partial(progress, name))
    try:
        _verified(part, name)
    except ChallengeBroken:
        part.unlink()  # the whole file came, and it is the wrong one
        raise
    part.replace(part.with_suffix(""))
