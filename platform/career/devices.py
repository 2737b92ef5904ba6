"""The figures of the chapter on the device lab: profiles, estimates held against published timings, what int8 gains.

Each is computed from what the lab and the graded example have stored; `rows` are those of Markdown tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version

import numpy as np

from challenges.kernels.spec import KernelSpec
from challenges.registry import everything
from challenges.spec import ChallengeSpec, Spec
from grader.devices.calibration.fit import Floats, coefficients, left_out_errors, pairs_in_order, spearman
from grader.devices.calibration.points import STORED, Measured, Points
from grader.devices.calibration.report import APART, INT8, points_of
from grader.devices.estimates import WARM_BELOW_MACS
from grader.devices.targets import CacheModel, Device, boards, devices
from grader.report import DeviceFacts
from submissions.example import example

NONE = "–"
KIB = 1024
Cells = Sequence[str]


def device_figures(language: str) -> Mapping[str, str]:
    """All of them, by the name that the chapter uses."""
    measured = Measured.read(STORED)
    both = [points_of(measured, board.name) for board in boards()]
    return {
        "lab.profiles": rows(map(profile, devices().values())),
        "lab.costs": rows(map(costs, devices().values())),
        "lab.ncnn": measured.tools.ncnn,
        "lab.qemu": measured.tools.qemu,
        "lab.networks": rows(side_by_side([timings(points) for points in both])),
        "lab.fit": rows(fit(board.title, points) for board, points in zip(boards(), both, strict=True)),
        "lab.speed_ups": rows(side_by_side([speed_ups(points) for points in both])),
        "lab.onnxruntime": version("onnxruntime"),
        "lab.warm_below": f"{WARM_BELOW_MACS // 10**8} 億"
        if language == "ja"
        else f"{WARM_BELOW_MACS // 10**6} million",
        "lab.int8": rows(map(int8_gain, measured_example())),
        "lab.challenges": "\n".join(challenge_lines(language)),
    }


def rows(lines: Iterable[Cells]) -> str:
    """The body of a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def profile(device: Device) -> Cells:
    """What a device is."""
    dot_product = "SDOT" if device.has_dot_product else NONE
    caches = (cache_size(device.level1), cache_size(device.level2))
    return device.title, device.core, f"{device.clock_ghz:g}\u00a0GHz", *caches, dot_product


def cache_size(cache: CacheModel) -> str:
    """32 KiB and the number of ways: 32 KiB / 2."""
    return f"{cache.size_bytes // KIB:,} KiB / {cache.ways}"


def costs(device: Device) -> Cells:
    """Cycles for what is counted, and how far off estimates with them are."""
    cost, error = device.cost, device.error
    vectors = f"{cost.vector_register:g}" if cost.vector_register else NONE
    off = f"{percent(error.median)} / {percent(error.worst)}" if error else NONE
    cycles = (f"{value:g}" for value in (cost.instruction, cost.level1_miss, cost.level2_miss))
    return device.title, *cycles, vectors, off


def timings(points: Points) -> Mapping[str, Cells]:
    """Of each network what was published, what is estimated, and by how much a fit without it would be off."""
    cost = coefficients(points.counts, points.cycles)
    off = left_out_errors(points.counts, points.cycles)
    told = zip(points.published_ms, estimated_ms(points, cost), off, strict=True)
    cells = ((f"{published:.2f}", f"{estimate:.2f}", signed(error)) for published, estimate, error in told)
    return dict(zip(points.networks, cells, strict=True))


def estimated_ms(points: Points, cost: Floats) -> Floats:
    """[networks] milliseconds."""
    ms: Floats = points.counts @ cost / points.clock_ghz / 1e6
    return ms


def fit(title: str, points: Points) -> Cells:
    """How good the estimates of a board are: by all that is counted, and by instructions alone."""
    cost = coefficients(points.counts, points.cycles)
    whole, alone = (quality(points, columns) for columns in (points.counts, points.counts[:, :1]))
    orders = (pairs_in_order(points.published_ms, points.counts @ cost, apart) for apart in APART)
    return title, str(len(points.networks)), *whole, *alone, *(f"{right} / {pairs}" for right, pairs in orders)


def quality(points: Points, counts: Floats) -> Cells:
    """Rank correlation with what was published; median and largest error of a network that was left out of the fit."""
    rank = spearman(points.published_ms, counts @ coefficients(counts, points.cycles))
    off = np.abs(left_out_errors(counts, points.cycles))
    return f"{rank:.3f}", f"{percent(float(np.median(off)))} / {percent(float(off.max()))}"


def speed_ups(points: Points) -> Mapping[str, Cells]:
    """How many times faster each network is in int8: as published and as estimated."""
    cost = coefficients(points.counts, points.cycles)
    times = (points.published_ms, estimated_ms(points, cost))
    places = {network: place for place, network in enumerate(points.networks)}
    return {
        network: [f"{ms[place] / ms[places[network + INT8]]:.2f}" for ms in times]
        for network, place in places.items()
        if network + INT8 in places
    }


def side_by_side(tables: Sequence[Mapping[str, Cells]]) -> Iterator[Cells]:
    """A row for each network that any board has; what one board lacks stays empty."""
    widths = [len(next(iter(table.values()))) for table in tables]
    for network in dict.fromkeys(network for table in tables for network in table):
        found = [table.get(network, [NONE] * width) for table, width in zip(tables, widths, strict=True)]
        yield f"`{network}`", *(cell for cells in found for cell in cells)


def measured_example() -> Sequence[DeviceFacts]:
    """The graded example on each board; none if it was graded where there is no lab."""
    measured = example().report.measured
    return measured.devices if measured else ()


def int8_gain(device: DeviceFacts) -> Cells:
    """What int8 saves of float32's instructions, misses and estimated cycles."""
    before, after = device.reference, device.entry
    misses = (f"{cost.counts.level1_misses:,}" for cost in (before, after))
    instructions = (f"{cost.counts.instructions:,}" for cost in (before, after))
    return device.title, *instructions, f"{device.instruction_gain:.2f}", *misses, f"{1 / device.ratio:.2f}"


def challenge_lines(language: str) -> Iterator[str]:
    """Every challenge that is counted on devices, with their titles."""
    for spec in everything().values():
        if on := devices_of(spec):
            yield f"- [{spec.title[language]}](challenge:{spec.id}) ({', '.join(device.title for device in on)})"


def devices_of(spec: Spec) -> Sequence[Device]:
    """Those that its points rest on."""
    if isinstance(spec, KernelSpec):
        return [target.device for target in spec.targets]
    return [spec.device] if isinstance(spec, ChallengeSpec) and spec.device else []


def percent(fraction: float) -> str:
    """0.041 -> 4.1 %, on one line."""
    return f"{100 * fraction:.1f}\u00a0%"


def signed(fraction: float) -> str:
    """-0.041 -> −4.1 %."""
    return f"{100 * fraction:+.1f}\u00a0%".replace("-", "−")
