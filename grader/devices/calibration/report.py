"""The report in words and columns: what was published, what is estimated, how far apart they are."""

from collections.abc import Iterator, Sequence

import numpy as np

from grader.devices.calibration.fit import (
    Floats,
    coefficients,
    errors,
    left_out,
    left_out_errors,
    pairs_in_order,
    spearman,
)
from grader.devices.calibration.points import EVENTS, Measured, Points, published
from grader.devices.targets import Device, devices

INT8 = "_int8"
APART = (0.2, 0.05)
LEAST_NETWORKS = 3


def report(measured: Measured, names: Sequence[str]) -> str:
    """One section per device that has counts."""
    tools = measured.tools
    made_by = f"ncnn {tools.ncnn} counted in QEMU {tools.qemu} (count.c {tools.counter})"
    head = f"Estimates against published timings, one thread. {made_by}."
    sections = ["\n".join(_section(devices()[name], measured)) for name in names if name in measured.counts]
    return "\n\n".join([head, *sections])


def fitted(measured: Measured, name: str) -> Floats:
    """Cycles for each of EVENTS on a device."""
    points = points_of(measured, name)
    return coefficients(points.counts, points.cycles)


def points_of(measured: Measured, name: str) -> Points:
    """The networks of one device."""
    return Points.of(published()[name], measured.counts[name])


def _section(device: Device, measured: Measured) -> Iterator[str]:
    points = points_of(measured, device.name)
    if len(points.networks) < LEAST_NETWORKS:
        yield f"{device.title}: too few networks for a fit"
        return
    cost = coefficients(points.counts, points.cycles)
    estimated = points.counts @ cost / points.clock_ghz / 1e6
    yield f"{device.title}, {device.core} at {points.clock_ghz} GHz: {len(points.networks)} networks"
    yield from _table(points, estimated, cost)
    yield from _costs(points, cost)
    yield from _quality("all three", points, cost, slice(None))
    alone = coefficients(points.counts[:, :1], points.cycles)
    yield from _quality("instructions alone", points, alone, slice(1))
    yield from _orders(points, estimated)
    yield from _speed_ups(points, estimated)
    yield from _targets(device, points)
    absent = published()[device.name].least_ms.keys() - set(points.networks)
    if absent:
        yield f"published but not counted: {', '.join(sorted(absent))}"


def _table(points: Points, estimated: Floats, cost: Floats) -> Iterator[str]:
    yield f"{'network':<22}{'published ms':>14}{'estimated ms':>14}{'error':>8}{'left out':>10}"
    off, without = errors(points.counts, points.cycles, cost), left_out_errors(points.counts, points.cycles)
    for row in zip(points.networks, points.published_ms, estimated, off, without, strict=True):
        yield "{:<22}{:>14.2f}{:>14.2f}{:>+8.1%}{:>+10.1%}".format(*row)


def _costs(points: Points, cost: Floats) -> Iterator[str]:
    fits = left_out(points.counts, points.cycles)
    for event, value, low, high in zip(EVENTS, cost, fits.min(axis=0), fits.max(axis=0), strict=True):
        yield f"cycles for each of the {event}: {value:g} ({low:g} to {high:g} with one network left out of the fit)"


def _quality(name: str, points: Points, cost: Floats, events: slice) -> Iterator[str]:
    counts = points.counts[:, events]
    without = np.abs(left_out_errors(counts, points.cycles))
    rank = spearman(points.published_ms, counts @ cost)
    worst = points.networks[int(without.argmax())]
    yield (
        f"{name}: Spearman {rank:.3f}; error of a network left out of the fit: "
        f"median {np.median(without):.1%}, maximum {without.max():.1%} ({worst})"
    )


def _orders(points: Points, estimated: Floats) -> Iterator[str]:
    for apart in APART:
        right, pairs = pairs_in_order(points.published_ms, estimated, apart)
        yield f"pairs whose published times differ by more than {apart:.0%}: {right} of {pairs} in the right order"


def _speed_ups(points: Points, estimated: Floats) -> Iterator[str]:
    places = {network: place for place, network in enumerate(points.networks)}
    for network, place in places.items():
        quantized = places.get(network + INT8)
        if quantized is not None:
            real, model = (float(ms[place] / ms[quantized]) for ms in (points.published_ms, estimated))
            yield f"int8 speed-up of {network}: published {real:.2f}, estimated {model:.2f} ({model / real - 1:+.0%})"


def _targets(device: Device, points: Points) -> Iterator[str]:
    cost = device.cost
    off = errors(points.counts, points.cycles, np.array([cost.instruction, cost.level1_miss, cost.level2_miss]))
    yield (
        f"targets.toml has {cost.instruction:g}, {cost.level1_miss:g}, {cost.level2_miss:g}: "
        f"median error {np.median(np.abs(off)):.1%}, maximum {np.abs(off).max():.1%}, mean {off.mean():+.1%}"
    )
