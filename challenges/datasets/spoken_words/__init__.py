"""Spoken words: ten keywords, other words and none at all, in noise, as log-mel features (espeak-ng; GPL-3 program).

The speech is made on this machine: there is nothing to download. Training, validation and evaluation each have voices
of their own. The public items come from a fixed seed, the hidden ones from the deployment's secret. A word is spoken
once and heard several times: in another room, in another noise, from another distance.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from challenges.datasets.base import Downloaded, Labelled
from challenges.datasets.cache import Arrays, Cache
from challenges.datasets.split import secret_seed, secret_tag
from challenges.datasets.spoken_words import voices
from challenges.datasets.spoken_words.frontend import log_mel
from challenges.datasets.spoken_words.room import take
from challenges.datasets.spoken_words.speech import PROGRAM, Utterance, speak
from challenges.home import split_secret
from grader.challenge import EvaluationSet, Float32
from grader.errors import ChallengeBroken

CACHE = Cache(name="spoken-words", package=PROGRAM, recipe=1)
KEYWORDS = "yes no up down left right on off stop go".split()
LABELS = (*KEYWORDS, "silence", "unknown")
SILENCE, UNKNOWN = 10, 11
OTHER_WORDS = (
    "bed bird cat dog house tree happy wow marvin sheila backward forward follow learn visual "
    "zero one two three four five six seven eight nine"
).split()
PART_CLIPS = 96  # eight of each label: about one and a half seconds of work on one core
WORDS_PER_MINUTE = (120, 220)
PITCH = (20, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Parts that belong together. Part number n of a seed holds the same bytes on every machine with this espeak-ng."""

    name: str
    seed: int
    speakers: Sequence[str]
    count: int
    takes: int

    def parts(self) -> dict[str, int]:
        """The number of each part by its name."""
        return {f"{self.name}-{number:02}": number for number in range(self.count)}

    def make(self, part: str) -> Arrays:
        """features: float16 [clips x takes, 1, 40, 49] (their third decimal says nothing); labels: uint8."""
        draw = np.random.default_rng([self.seed, self.parts()[part]])
        labels = np.arange(PART_CLIPS) % len(LABELS)
        words = [utterance(int(label), self.speakers, draw) for label in labels]
        others = speak([word for word in words if word is not None])
        spoken = iter(others)
        sounds = [None if word is None else next(spoken) for word in words]
        heard = np.stack([take(sound, others, draw) for _ in range(self.takes) for sound in sounds])
        return {"features": log_mel(heard).astype(np.float16), "labels": np.tile(labels, self.takes).astype(np.uint8)}

    def read(self) -> Labelled:
        """All of it. Raises ChallengeBroken if a part is missing or damaged."""
        parts = [CACHE.read(part) for part in self.parts()]
        features, labels = (np.concatenate([part[name] for part in parts]) for name in ("features", "labels"))
        return Labelled(features.astype(np.float32), labels.astype(np.int64))


def utterance(label: int, speakers: Sequence[str], draw: np.random.Generator) -> Utterance | None:
    """A word of that label in a voice, an accent, a tempo and a pitch that are drawn; None for silence."""
    if label == SILENCE:
        return None
    return Utterance(
        word=str(draw.choice(OTHER_WORDS)) if label == UNKNOWN else LABELS[label],
        voice=f"{draw.choice(voices.ACCENTS)}+{draw.choice(speakers)}",
        words_per_minute=int(draw.integers(*WORDS_PER_MINUTE)),
        pitch=int(draw.integers(*PITCH)),
    )


def collection(name: Literal["training", "validation", "public"]) -> Collection:
    """What is the same everywhere."""
    speakers, count, takes = {
        "training": (voices.TRAINING, 28, 4),
        "validation": (voices.VALIDATION, 9, 4),
        "public": (voices.EVALUATION, 8, 4),
    }[name]
    return Collection(name=name, seed=secret_seed(b"karui", name), speakers=speakers, count=count, takes=takes)


def hidden(secret: bytes) -> Collection:
    """What only the owner of `secret` can make."""
    name, seed = f"hidden-{secret_tag(secret)}", secret_seed(secret, CACHE.name)
    return Collection(name=name, seed=seed, speakers=voices.EVALUATION, count=14, takes=4)


def training() -> Labelled:
    """What a candidate may learn and calibrate from: 10,752 items in 63 voices."""
    return collection("training").read()


def validation() -> Labelled:
    """3,456 items in 12 other voices, to choose between variants."""
    return collection("validation").read()


def evaluation(split: Literal["public", "hidden"], secret: bytes) -> EvaluationSet:
    """3,072 public or 5,376 hidden items, in voices that occur nowhere else."""
    items = (hidden(secret) if split == "hidden" else collection("public")).read()
    return EvaluationSet(split, items.inputs, items.labels)


def calibration(items: int) -> Float32:
    """The same `items` training inputs every time, drawn across the whole training split."""
    inputs = training().inputs
    return inputs[np.random.default_rng(0).permutation(len(inputs))[:items]]


def collections() -> tuple[Collection, ...]:
    """Everything that this machine needs, what grading needs first."""
    return (hidden(split_secret()), collection("public"), collection("validation"), collection("training"))


def is_present() -> bool:
    """Whether every part is here (their content is checked when they are read)."""
    return not any(CACHE.missing(list(part.parts())) for part in collections())


def fetch(progress: Downloaded = lambda name, fraction: None) -> None:
    """Let espeak-ng speak what is missing. Raises ChallengeBroken if it is not here or fails."""
    if shutil.which(PROGRAM) is None:
        raise ChallengeBroken("dataset_not_made", dataset=CACHE.name, package=PROGRAM, reason=f"no {PROGRAM} here")
    owners = {part: owner for owner in collections() for part in owner.parts()}
    CACHE.fill(list(owners), lambda part: owners[part].make(part), progress, workers=os.cpu_count() or 1)
