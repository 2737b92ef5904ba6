"""Words as espeak-ng speaks them. The same utterance is the same sound every time, whatever was spoken before."""

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import cast

import numpy as np

from challenges.datasets.spoken_words.frontend import SAMPLE_RATE, Sound
from grader.errors import ChallengeBroken

PROGRAM = "espeak-ng"
SPEAKER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("speaker.py")))
FULL_SCALE = 32_768
QUIET = 0.01  # of the peak: what is below it before and behind the word is cut off
PATIENCE_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A word and the way it is spoken. voice: accent+variant; pitch: 0 to 99, 50 is the voice's own."""

    word: str
    voice: str
    words_per_minute: int
    pitch: int


def speak(utterances: Sequence[Utterance]) -> list[Sound]:
    """Each word alone, at 16 kHz, with a mean square of 1. Raises ChallengeBroken if espeak-ng fails."""
    said = json.dumps([astuple(utterance) for utterance in utterances])
    try:
        heard = subprocess.run(SPEAKER, input=said, capture_output=True, check=True, timeout=PATIENCE_S, text=True)
    except (OSError, subprocess.SubprocessError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else str(failure)
        raise ChallengeBroken(
            "dataset_not_made", dataset="spoken-words", package=PROGRAM, reason=str(reason)
        ) from failure
    answer = json.loads(heard.stdout)
    return [_word(base64.b64decode(samples), answer["rate"]) for samples in answer["sounds"]]


def _word(samples: bytes, rate: int) -> Sound:
    word = _trimmed(_resampled(np.frombuffer(samples, "<i2") / FULL_SCALE, rate))
    return cast(Sound, word / np.sqrt((word**2).mean()))


def _resampled(samples: Sound, rate: int) -> Sound:
    """The same sound at 16 kHz: its spectrum without what lies above 8 kHz. It is filled up to whole seconds."""
    seconds = -(-len(samples) // rate)
    spectrum = np.fft.rfft(samples, seconds * rate)
    return np.fft.irfft(spectrum[: seconds * SAMPLE_RATE // 2 + 1], seconds * SAMPLE_RATE) * SAMPLE_RATE / rate


def _trimmed(sound: Sound) -> Sound:
    loud = np.flatnonzero(np.abs(sound) > QUIET * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]
