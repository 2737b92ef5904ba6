"""How a violated requirement could be met: the one input that would do it, found by computing again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

from msgspec.structs import replace

from interviews.desk.budget import Inputs, Limit, Measure, Requirements
from interviews.desk.devices import devices

BITS = {"weight_bits": (16, 8, 4), "activation_bits": (16, 8)}
"""Kernels unpack weights of 4 bits; activations of 4 bits have no kernels on these devices."""
LEAST_SHARE, LARGEST_MULTIPLE = 0.1, 2.0
"""How far a hint goes: a tenth of an input, or twice the battery. Beyond that it is another design."""
STEPS = 40
DIGITS = 3
WHOLE = ("macs", "parameters", "peak_elements", "traffic_elements", "overhead_bytes")
UPWARDS = ("battery_wh",)

COMPUTE_BOUND = ("macs", "weight_bits", "activation_bits", "pre_s", "post_s")
MEMORY_BOUND = ("weight_bits", "traffic_elements", "activation_bits", "parameters", "macs", "pre_s", "post_s")
LEVERS: Mapping[Measure, Sequence[str]] = {
    Measure.RAM: ("weight_bits", "activation_bits", "peak_elements", "parameters", "overhead_bytes"),
    Measure.FLASH: ("weight_bits", "parameters"),
    Measure.POWER: ("duty", "per_second", "macs", "weight_bits", "rest_w"),
    Measure.BATTERY: ("duty", "per_second", "macs", "weight_bits", "rest_w", "battery_wh"),
}
"""Which inputs to try, in this order. For times it depends on what bounds them."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One input, the value that would meet the requirement, and what the figure would then be."""

    lever: str
    value: float | str
    result: float


def hint_for(inputs: Inputs, required: Requirements, missed: Limit) -> Hint | None:
    """The first input that meets the requirement alone and breaks no other. None if there is none."""
    broken = {limit.measure for limit in inputs.budget().violations(required)}

    def mends(changed: Inputs) -> bool:
        still = {limit.measure for limit in changed.budget().violations(required)}
        return missed.measure not in still and still <= broken

    for lever, changed in candidates(inputs, required, missed, mends):
        return Hint(lever, getattr(changed, lever), changed.budget().value(missed.measure))
    return None


def candidates(
    inputs: Inputs, required: Requirements, missed: Limit, mends: Callable[[Inputs], bool]
) -> Iterator[tuple[str, Inputs]]:
    """Each input that would do, with the smallest change of it that does."""
    if missed.measure in (Measure.ASKED, Measure.DUTY):
        lever = "duty" if missed.measure == Measure.DUTY else "per_second"
        yield lever, replace(inputs, **{lever: missed.bound})
        return
    for lever in levers(inputs, missed.measure):
        least = {"duty": required.duty, "per_second": required.per_second}.get(lever, 0)
        changed = fewer_bits(inputs, lever, mends) if lever.endswith("_bits") else nearest(inputs, lever, least, mends)
        if changed:
            yield lever, changed
    for device in devices().values():
        if device.computes(inputs.weight_bits, inputs.activation_bits):
            changed = replace(inputs, device=device.id, utilisation=device.utilisation.value)
            if not changed.budget().violations(required):
                yield "device", changed


def levers(inputs: Inputs, measure: Measure) -> Sequence[str]:
    """Which inputs to try."""
    by_time = COMPUTE_BOUND if inputs.budget().bound.by == "compute" else MEMORY_BOUND
    return LEVERS.get(measure, by_time)


def fewer_bits(inputs: Inputs, lever: str, mends: Callable[[Inputs], bool]) -> Inputs | None:
    """The most bits, fewer than now, that do. None if none does, or the device has no such kernels."""
    for bits in BITS[lever]:
        changed = replace(inputs, **{lever: bits})
        width = changed.weight_bits, changed.activation_bits
        if bits < getattr(inputs, lever) and devices()[inputs.device].computes(*width) and mends(changed):
            return changed
    return None


def nearest(inputs: Inputs, lever: str, least: float, mends: Callable[[Inputs], bool]) -> Inputs | None:
    """The smallest change of a number that does, by halving between what does and what does not.

    least: what the requirement asks of this input itself.
    """
    value = getattr(inputs, lever)
    if not value:
        return None

    def scaled(factor: float) -> Inputs:
        return replace(inputs, **{lever: max(least, tidy(lever, value * factor))})

    enough, too_little = LARGEST_MULTIPLE if lever in UPWARDS else max(LEAST_SHARE, least / value), 1.0
    if not mends(scaled(enough)):
        return None
    for _ in range(STEPS):
        middle = (enough + too_little) / 2
        enough, too_little = (middle, too_little) if mends(scaled(middle)) else (enough, middle)
    return scaled(enough)


def tidy(lever: str, value: float) -> float:
    """Three significant digits, rounded towards what mends; what is counted stays whole."""
    if not value:
        return value
    step = 10.0 ** (floor(log10(value)) - DIGITS + 1)
    steps = -floor(-value / step + 1e-9) if lever in UPWARDS else floor(value / step + 1e-9)
    rounded = round(steps * step, 12)
    return int(rounded) if lever in WHOLE else rounded
