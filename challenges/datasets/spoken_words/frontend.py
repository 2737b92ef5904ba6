"""From sound to what a keyword spotter sees: one second at 16 kHz becomes 49 frames of 40 log-mel energies."""

from functools import cache

import numpy as np
import numpy.typing as npt

from grader.challenge import Float32

Sound = npt.NDArray[np.float64]

SAMPLE_RATE = 16_000  # Hz
ITEM_SAMPLES = 16_000  # one second
WINDOW_SAMPLES = 480  # 30 ms
HOP_SAMPLES = 320  # 20 ms
TRANSFORM_SAMPLES = 512
MEL_FILTERS = 40
LOWEST_HZ, HIGHEST_HZ = 60.0, 7_600.0
FLOOR = 1e-6  # of the energy of a full-scale sound: keeps the logarithm of silence finite
MEAN, DEVIATION = -8.9, 3.25  # of the log energies of the training set, rounded


def log_mel(sounds: Sound) -> Float32:
    """x = (ln(M |F(w s)|^2 + floor) - mean) / deviation for each frame s, F the transform, w the window, M the filters.

    sounds: [items, 16000], full scale is 1 -> float32 [items, 1, 40, 49], mel filters before frames.
    """
    frames = np.lib.stride_tricks.sliding_window_view(sounds, WINDOW_SAMPLES, axis=-1)[:, ::HOP_SAMPLES]
    spectrum = np.fft.rfft(frames * np.hanning(WINDOW_SAMPLES), TRANSFORM_SAMPLES)
    energies = (np.abs(spectrum) ** 2 / WINDOW_SAMPLES) @ mel_filters().T
    scaled = (np.log(energies + FLOOR) - MEAN) / DEVIATION
    return scaled.swapaxes(1, 2)[:, np.newaxis].astype(np.float32)


@cache
def mel_filters() -> Sound:
    """Triangles with their corners at equal distances on the mel scale, each with a peak of 1: [40, 257].

    mel = 2595 log10(1 + Hz / 700) (O'Shaughnessy 1987).
    """
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(lowest, highest, MEL_FILTERS + 2) / 2595) - 1)
    bins = np.arange(TRANSFORM_SAMPLES // 2 + 1) * SAMPLE_RATE / TRANSFORM_SAMPLES
    left, peak, right = (corners[at : at + MEL_FILTERS, np.newaxis] for at in range(3))
    return np.maximum(0, np.minimum((bins - left) / (peak - left), (right - bins) / (right - peak)))
