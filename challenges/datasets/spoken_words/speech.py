"""Words as espeak-ng speaks them. The same utterance is the same sound every time: each starts a fresh process."""

import subprocess
from dataclasses import dataclass
from typing import cast

import numpy as np

from challenges.datasets.spoken_words.frontend import SAMPLE_RATE, Sound
from grader.errors import ChallengeBroken

PROGRAM = "espeak-ng"
HEADER_BYTES = 44
RATE_AT = 24  # where the header of a WAV file holds the sample rate
FULL_SCALE = 32_768
QUIET = 0.01  # of the peak: what is below it before and behind the word is cut off
PATIENCE_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A word and the way it is spoken. pitch: 0 to 99, 50 is the voice's own."""

    word: str
    accent: str
    voice: str
    words_per_minute: int
    pitch: int

    def sound(self) -> Sound:
        """The word alone, at 16 kHz, with a mean square of 1. Raises ChallengeBroken if espeak-ng fails."""
        wave = self._speak()
        rate = int.from_bytes(wave[RATE_AT : RATE_AT + 4], "little")
        samples: Sound = np.frombuffer(wave, "<i2", offset=HEADER_BYTES) / FULL_SCALE
        word = _trimmed(_resampled(samples, rate))
        return cast(Sound, word / np.sqrt((word**2).mean()))

    def _speak(self) -> bytes:
        how = ["-v", f"{self.accent}+{self.voice}", "-s", str(self.words_per_minute), "-p", str(self.pitch)]
        try:
            return subprocess.run(
                [PROGRAM, *how, "--stdout", self.word], capture_output=True, check=True, timeout=PATIENCE_S
            ).stdout
        except (OSError, subprocess.SubprocessError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else str(failure)
            raise ChallengeBroken(
                "dataset_not_made", dataset="spoken-words", package=PROGRAM, reason=str(reason)
            ) from failure


def _resampled(samples: Sound, rate: int) -> Sound:
    """The same sound at 16 kHz: its spectrum without what lies above 8 kHz. It is filled up to whole seconds."""
    seconds = -(-len(samples) // rate)
    spectrum = np.fft.rfft(samples, seconds * rate)
    return np.fft.irfft(spectrum[: seconds * SAMPLE_RATE // 2 + 1], seconds * SAMPLE_RATE) * SAMPLE_RATE / rate


def _trimmed(sound: Sound) -> Sound:
    loud = np.flatnonzero(np.abs(sound) > QUIET * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]
