"""How much noise each layer of an entry adds, against the same layer of the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.diagnosis.flow import Arrays, Flow, Reader
from grader.diagnosis.layers import Layer, layers
from grader.diagnosis.matching import Pairs, match
from grader.quantization.affine import scaled_by_channel
from grader.report import SQNR_CEILING_DB, LayerNoise

Array = npt.NDArray[Any]
WORST = 5


@dataclass(slots=True)
class Energy:
    """Sums over items, by channel: signal · signal, signal · copy and copy · copy."""

    signal: Array = field(default_factory=lambda: np.zeros(1))
    both: Array = field(default_factory=lambda: np.zeros(1))
    copy: Array = field(default_factory=lambda: np.zeros(1))

    def add(self, signal: Array, copy: Array) -> None:
        """Take in one item. signal, copy: [channels, values]."""
        signal, copy = signal.astype(np.float64), copy.astype(np.float64)
        self.signal = self.signal + (signal * signal).sum(axis=1)
        self.both = self.both + (signal * copy).sum(axis=1)
        self.copy = self.copy + (copy * copy).sum(axis=1)

    def sqnr_db(self) -> float | None:
        """10 · log10(Σ x² / Σ (x - g·x̂)²) with the best gain g of each channel; None without a finite signal.

        A free gain leaves rescaled (equalised) channels their due, and bounds the ratio below: 0 dB is unrelated.
        """
        explained = np.divide(self.both**2, self.copy, out=np.zeros_like(self.both), where=self.copy > 0)
        return ratio_db(float(self.signal.sum()), float((self.signal - explained).sum()))


def ratio_db(signal: float, noise: float) -> float | None:
    """10 · log10(signal / noise) between 0 and the ceiling; None where there is no finite signal."""
    if not (np.isfinite(signal) and np.isfinite(noise) and signal > 0):
        return None
    floor = signal * 10 ** (-SQNR_CEILING_DB / 10)
    return max(0.0, float(10 * np.log10(signal / max(noise, floor))))


def noise_by_layer(baseline: Flow, entry: Flow, items: Array) -> tuple[LayerNoise, ...]:
    """Every weighted layer of the baseline with its counterpart's noise. items: [items, ...], run one at a time."""
    ours, theirs = layers(baseline, items[:1]), layers(entry, items[:1])
    pairs = match(ours, theirs)
    outputs = _outputs(baseline, entry, [(ours[at], theirs[other]) for at, other in pairs.items()], items)
    return tuple(_told(layer, at, theirs, pairs, outputs) for at, layer in enumerate(ours))


def _outputs(
    baseline: Flow, entry: Flow, matched: Sequence[tuple[Layer, Layer]], items: Array
) -> dict[str, float | None]:
    """Signal to noise of what comes out of each matched layer, by the layer's name in the baseline."""
    if not matched:
        return {}
    readers = Reader(baseline, [a.outlet for a, _ in matched]), Reader(entry, [b.outlet for _, b in matched])
    energies = {a.name: Energy() for a, _ in matched}
    for at in range(len(items)):
        values = [reader.read(items[at : at + 1]) for reader in readers]
        for a, b in matched:
            _compare(energies[a.name], values[0], values[1], a, b)
    return {name: energy.sqnr_db() for name, energy in energies.items()}


def _compare(energy: Energy, ours: Arrays, theirs: Arrays, a: Layer, b: Layer) -> None:
    signal, copy = ours[a.outlet], theirs[b.outlet]
    if signal.shape == copy.shape:
        energy.add(_by_channel(signal, a.axis), _by_channel(copy, a.axis))


def _by_channel(values: Array, axis: int) -> Array:
    return np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)


def _told(layer: Layer, at: int, theirs: Sequence[Layer], pairs: Pairs, outputs: dict[str, float | None]) -> LayerNoise:
    if at not in pairs:
        return LayerNoise(name=layer.name, op=layer.op)
    other = theirs[pairs[at]]
    return LayerNoise(
        name=layer.name,
        op=layer.op,
        entry=other.name,
        bits=other.bits,
        weights_sqnr_db=ratio_db(1.0, scaled_by_channel(other.weights, layer.weights) ** 2),
        output_sqnr_db=outputs[layer.name],
    )


def worst(found: Sequence[LayerNoise]) -> tuple[str, ...]:
    """The layers with the noisiest outputs, noisiest first; those that lost nothing are not among them."""
    lossy = {
        layer.name: layer.output_sqnr_db
        for layer in found
        if layer.output_sqnr_db is not None and layer.output_sqnr_db < SQNR_CEILING_DB
    }
    return tuple(sorted(lossy, key=lossy.__getitem__)[:WORST])
