"""WordNet 3.0 glosses: 82,115 definitions of nouns, to be sorted into 26 classes such as animal, artifact or feeling.

Fellbaum 1998, WordNet: An Electronic Lexical Database; WordNet 3.0 Copyright 2006 by Princeton University, whose notice
goes with everything that is made from it (challenges/int4_encoder/starter/WORDNET.txt). Read from the Debian package
`wordnet-base`, or from what `fetch` unpacked of that package.

A model sees words as numbers. The vocabulary is rebuilt from the training split whenever the glosses are read, and it
comes out the same: the most frequent words in order, ties by the alphabet.
"""

import hashlib
import io
import lzma
import re
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Literal

import numpy as np

from challenges.datasets.base import Downloaded, Labelled
from challenges.datasets.download import download
from challenges.datasets.split import hidden_indices
from challenges.home import home, write_private
from grader.challenge import EvaluationSet, Int64
from grader.errors import ChallengeBroken

NAME = "wordnet-glosses"
PACKAGE = "wordnet-base"
FILE = "data.noun"
DEBIAN_FOLDER = Path("/usr/share/wordnet")
SOURCE = "http://deb.debian.org/debian/pool/main/w/wordnet/wordnet-base_3.0-37_all.deb"
MEMBER = "./usr/share/wordnet/data.noun"  # of the package
CONTENT_SHA256 = "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2"

CLASSES = (
    "Tops act animal artifact attribute body cognition communication event feeling food group location motive object"
    " person phenomenon plant possession process quantity relation shape state substance time"
).split()
FIRST_CLASS = 3  # of the noun classes among WordNet's lexicographer files

TOKENS = 24  # longer glosses are cut off (8 % of them), shorter ones padded
VOCABULARY = 6_144
PADDING, UNKNOWN = 0, 1
WORD = re.compile(r"[a-z]+|[0-9]+")
DIGIT = re.compile(r"[0-9]")

TEST_ITEMS, HIDDEN_ITEMS, VALIDATION_ITEMS = 12_000, 6_000, 6_000
ORDER_SEED = 0


@dataclass(frozen=True, slots=True)
class Glosses:
    """Every gloss in an order that has nothing to do with its class. words: of each gloss; labels: int64 [glosses]."""

    words: Sequence[Sequence[str]]
    labels: Int64 = field(repr=False)


def training() -> Labelled:
    """What a candidate may learn and calibrate from: 64,115 items."""
    return _labelled(slice(TEST_ITEMS + VALIDATION_ITEMS, None))


def validation() -> Labelled:
    """6,000 items that are held back to choose between variants."""
    return _labelled(slice(TEST_ITEMS, TEST_ITEMS + VALIDATION_ITEMS))


def calibration(items: int) -> Int64:
    """The first `items` of the training split, whose order is random already."""
    return training().inputs[:items]


def evaluation(split: Literal["public", "hidden"], secret: bytes) -> EvaluationSet:
    """One half of the 12,000 test items; which half an item falls into is known to the owner of `secret` only."""
    test = _labelled(slice(TEST_ITEMS))
    hidden = hidden_indices(TEST_ITEMS, HIDDEN_ITEMS, secret)
    chosen = hidden if split == "hidden" else np.setdiff1d(np.arange(TEST_ITEMS), hidden)
    return EvaluationSet(split, test.inputs[chosen], test.labels[chosen])


def is_present() -> bool:
    """Whether the file lies on this machine (its content is checked when it is read)."""
    return _find() is not None


def fetch(progress: Downloaded = lambda name, fraction: None) -> None:
    """Download Debian's package and keep the one file of it. Raises ChallengeBroken."""
    if is_present():
        return
    part = downloads() / f"{PACKAGE}.deb.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        download(SOURCE, part, partial(progress, FILE))
    except OSError as failure:
        raise ChallengeBroken("dataset_unreachable", dataset=NAME, package=PACKAGE, reason=str(failure)) from failure
    package = part.read_bytes()
    part.unlink()  # whole: either it is what we want, or the wrong one
    content = _check(_unpacked(package))
    write_private(downloads() / FILE, content)


def words(gloss: str) -> list[str]:
    """Lower-case words and numbers; every digit reads as 0, so that one year is like another."""
    return WORD.findall(DIGIT.sub("0", gloss.lower()))


def encode(gloss: Sequence[str], numbers: Mapping[str, int]) -> list[int]:
    """The gloss's words as numbers, cut off or padded to TOKENS."""
    known = [numbers.get(word, UNKNOWN) for word in gloss[:TOKENS]]
    return known + [PADDING] * (TOKENS - len(known))


@cache
def vocabulary() -> Mapping[str, int]:
    """The number of each word that has one: 2 for the most frequent in the training split, and so on."""
    counts = Counter(word for gloss in glosses().words[TEST_ITEMS + VALIDATION_ITEMS :] for word in gloss)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: number for number, word in enumerate(ranked[: VOCABULARY - 2], start=2)}


@cache
def glosses() -> Glosses:
    """Read and shuffled once per process. Raises ChallengeBroken if the file is missing or altered."""
    lines = [line for line in _content().decode("ascii").splitlines() if not line.startswith("  ")]
    order = np.random.default_rng(ORDER_SEED).permutation(len(lines))
    labels = np.array([int(line[9:11]) - FIRST_CLASS for line in lines], np.int64)
    return Glosses([words(lines[index].split("| ", 1)[1]) for index in order], labels[order])


def downloads() -> Path:
    """The folder that `fetch` fills."""
    return home() / "datasets" / NAME


def _labelled(chosen: slice) -> Labelled:
    return Labelled(_encoded()[chosen], glosses().labels[chosen])


@cache
def _encoded() -> Int64:
    """Word numbers of every gloss, int64 [glosses, TOKENS]."""
    numbers = vocabulary()
    return np.array([encode(gloss, numbers) for gloss in glosses().words], np.int64)


def _find() -> Path | None:
    return next((path for path in (DEBIAN_FOLDER / FILE, downloads() / FILE) if path.is_file()), None)


def _content() -> bytes:
    path = _find()
    if path is None:
        raise ChallengeBroken("dataset_missing", dataset=NAME, package=PACKAGE)
    return _check(path.read_bytes())


def _check(content: bytes) -> bytes:
    """The file, if it is exactly what Debian published. Raises ChallengeBroken otherwise."""
    if hashlib.sha256(content).hexdigest() != CONTENT_SHA256:
        raise ChallengeBroken("dataset_altered", dataset=NAME, file=FILE)
    return content


def _unpacked(package: bytes) -> bytes:
    """The one file out of a Debian package; nothing if it is none, or not in there."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_member(package, b"data.tar.xz"))) as archive:
            file = archive.extractfile(MEMBER)
            return file.read() if file else b""
    except (ValueError, KeyError, EOFError, lzma.LZMAError, tarfile.TarError):
        return b""


def _member(archive: bytes, name: bytes) -> bytes:
    """A file out of a Unix archive: 60 bytes of header each, the name in the first 16 and the size at 48.

    Raises ValueError if there is none of that name.
    """
    at = len(b"!<arch>\n")
    while at < len(archive):
        size = int(archive[at + 48 : at + 58])
        if archive[at : at + 16].rstrip(b" /") == name:
            return archive[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    raise ValueError(f"no {name.decode()} in the package")
