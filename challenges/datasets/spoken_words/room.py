"""Where a word is heard: an echo, a noise, a distance. Everything is drawn from the generator that is handed in."""

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from challenges.datasets.spoken_words.frontend import ITEM_SAMPLES, SAMPLE_RATE, Sound

SNR_DB = (-3.0, 20.0)
LEVEL_DB = (-36.0, -16.0)  # of the word, against full scale
ECHO_S = (0.1, 0.5)  # until an echo is 60 dB down
ECHO_SHARE = 0.5  # of all takes
BABBLERS = 5
HARMONICS = 30


def take(word: Sound | None, others: Sequence[Sound], draw: np.random.Generator) -> Sound:
    """One second of a room: the word somewhere in it, or none, in noise. `others` supply the babble.

    Word and noise stand in a ratio of -3 to 20 dB; without a word the noise is as loud as it would be with one.
    """
    level, ratio = _amplitude(draw.uniform(*LEVEL_DB)), _amplitude(draw.uniform(*SNR_DB))
    kind = draw.integers(len(NOISES) + (word is not None))
    noise = NOISES[kind](draw) if kind < len(NOISES) else babbling(others, draw)
    heard = noise / np.sqrt((noise**2).mean()) / ratio
    if word is not None:
        heard += placed(echoed(word, draw) if draw.random() < ECHO_SHARE else word, draw)
    return cast(Sound, heard * level)


def placed(word: Sound, draw: np.random.Generator) -> Sound:
    """The word somewhere within the second; what does not fit is cut off at its end."""
    kept = word[:ITEM_SAMPLES]
    item = np.zeros(ITEM_SAMPLES)
    start = draw.integers(ITEM_SAMPLES - len(kept) + 1)
    item[start : start + len(kept)] = kept
    return item


def echoed(word: Sound, draw: np.random.Generator) -> Sound:
    """The word and behind it decaying noise, as a room without furniture answers."""
    seconds = draw.uniform(*ECHO_S)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    response = draw.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    response *= 0.7 / np.sqrt((response**2).sum())
    response[0] = 1
    length = len(word) + len(response) - 1
    size = 1 << (length - 1).bit_length()  # transforms are fast where the size is a power of two
    return np.fft.irfft(np.fft.rfft(word, size) * np.fft.rfft(response, size), size)[:length]


def coloured(power: float) -> Callable[[np.random.Generator], Sound]:
    """Noise whose amplitude falls with frequency^power: 0 white, 0.5 pink, 1 brown."""

    def noise(draw: np.random.Generator) -> Sound:
        spectrum = np.fft.rfft(draw.standard_normal(ITEM_SAMPLES))
        return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20) ** power, ITEM_SAMPLES)

    return noise


def band(draw: np.random.Generator) -> Sound:
    """Noise of one octave, like a fan or running water."""
    spectrum = np.fft.rfft(draw.standard_normal(ITEM_SAMPLES))
    centre = 2 ** draw.uniform(np.log2(200), np.log2(4000))
    hertz = np.arange(len(spectrum)) * SAMPLE_RATE / ITEM_SAMPLES
    return np.fft.irfft(spectrum * (np.abs(np.log2(np.maximum(hertz, 1) / centre)) < 0.5), ITEM_SAMPLES)


def hum(draw: np.random.Generator) -> Sound:
    """A motor on the mains: 50 or 60 Hz, its harmonics falling, and a little white noise."""
    spectrum = np.zeros(ITEM_SAMPLES // 2 + 1, np.complex128)  # of one second, so that bin n is n Hz
    harmonics = np.arange(1, HARMONICS + 1)
    spectrum[harmonics * draw.choice([50, 60])] = np.exp(2j * np.pi * draw.random(HARMONICS)) / harmonics
    tones = np.fft.irfft(spectrum, ITEM_SAMPLES) * ITEM_SAMPLES
    return tones + 0.1 * draw.standard_normal(ITEM_SAMPLES)


def babbling(others: Sequence[Sound], draw: np.random.Generator) -> Sound:
    """Some people who talk at once, each repeating a word."""
    talkers = draw.choice(len(others), BABBLERS)
    rolled = [np.roll(np.resize(others[at], ITEM_SAMPLES), draw.integers(ITEM_SAMPLES)) for at in talkers]
    return cast(Sound, np.sum(rolled, axis=0))


def _amplitude(decibel: float) -> float:
    return float(10 ** (decibel / 20))


NOISES = (coloured(0), coloured(0.5), coloured(1), band, hum)
