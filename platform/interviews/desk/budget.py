"""What a design costs: the reader's assumptions through the arithmetic of `grader.cost`, beside what is required."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from challenges.tables import Bilingual, Table
from grader.cost.energy import average_power_w, battery_h, energy_j
from grader.cost.memory import stored_bytes
from grader.cost.roofline import Bound, inference_s, sequential_s
from interviews.desk.devices import OPERATIONS_PER_MAC, Device, devices

TOLERANCE = 1e-9
Side = Literal["at most", "at least"]


class Measure(TextChoices):
    """What is computed, in the order of the page."""

    COMPUTE = "compute", _("Compute time")
    MEMORY = "memory", _("Memory time")
    INFERENCE = "inference", _("Inference, at best")
    LATENCY = "latency", _("Latency, end to end")
    P95 = "p95", _("Latency, 95th percentile")
    REACHABLE = "reachable", _("Reachable inferences per second")
    ASKED = "asked", _("Planned inferences per second")
    DUTY = "duty", _("Planned share of the time active")
    RAM = "ram", _("RAM")
    FLASH = "flash", _("Storage for weights")
    ENERGY = "energy", _("Energy of an inference")
    POWER = "power", _("Average power")
    BATTERY = "battery", _("Battery life")


class Inputs(Table, frozen=True, kw_only=True):
    """What the reader sets. Elements are counted, not bytes; shares lie between 0 and 1.

    peak_elements: activations alive at once, at most. traffic_elements: activations read and written by an inference.
    utilisation: share of the device's peak that the kernels reach. tail: 95th percentile over the computed latency.
    duty: share of the time in which inferences run at all. rest_w: what the rest of the system draws all the time.
    """

    device: str
    macs: int
    parameters: int
    weight_bits: int
    activation_bits: int
    peak_elements: int
    traffic_elements: int
    utilisation: float
    overhead_bytes: int
    pre_s: float
    post_s: float
    tail: float
    per_second: float
    duty: float
    rest_w: float
    battery_wh: float = 0.0

    def budget(self) -> "Budget":
        """What it costs. Raises KeyError for an unknown device."""
        return Budget(self, devices()[self.device])


class Requirements(Table, frozen=True, kw_only=True):
    """What the interviewer asks for. A limit that is not given is none; accuracy is a wish that no budget computes."""

    per_second: float
    duty: float
    latency_s: float
    ram_bytes: int
    flash_bytes: int | None = None
    power_w: float | None = None
    battery_h: float | None = None
    accuracy: Bilingual


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure beside what is required of it."""

    measure: Measure
    value: float
    bound: float
    side: Side

    @property
    def is_met(self) -> bool:
        """True if it holds."""
        if self.side == "at most":
            return self.value <= self.bound * (1 + TOLERANCE)
        return self.value >= self.bound * (1 - TOLERANCE)

    @property
    def excess(self) -> float:
        """By how much it is missed, as a fraction of what is required: 0.5 is half too much, or half too little."""
        return abs(self.value - self.bound) / self.bound


@dataclass(frozen=True, slots=True)
class Budget:
    """The figures of one design on one device. A bound from data sheets and assumptions, not a measurement."""

    inputs: Inputs
    device: Device

    @property
    def weights_bytes(self) -> int:
        """All weights as they are stored; scales and zero points are not counted."""
        return stored_bytes(self.inputs.parameters, self.inputs.weight_bits)

    @property
    def activations_bytes(self) -> int:
        """Activations alive at once, at most."""
        return stored_bytes(self.inputs.peak_elements, self.inputs.activation_bits)

    @property
    def traffic_bytes(self) -> int:
        """Activations that an inference reads and writes."""
        return stored_bytes(self.inputs.traffic_elements, self.inputs.activation_bits)

    @property
    def peak_ops(self) -> float:
        """Operations per second of the kernels that compute: as wide as the wider of weights and activations."""
        peak = self.device.peak(max(self.inputs.weight_bits, self.inputs.activation_bits))
        if peak is None:
            raise ValueError("the device has no kernels of this width")
        return peak.value

    @property
    def bound(self) -> Bound:
        """The least time of an inference. Of several paths to memory, which work at once, the slowest counts."""
        macs_per_s = self.peak_ops * self.inputs.utilisation / OPERATIONS_PER_MAC
        paths = self.device.paths(self.weights_bytes, self.traffic_bytes)
        bounds = [inference_s(self.inputs.macs, moved, macs_per_s, per_s) for moved, per_s in paths]
        return max(bounds, key=lambda one: one.memory_s)

    @property
    def latency_s(self) -> float:
        """From a frame to its result, one stage after another."""
        return sequential_s([self.inputs.pre_s, self.bound.seconds, self.inputs.post_s])

    @property
    def p95_s(self) -> float:
        """The latency times the tail that the reader assumes."""
        return self.inputs.tail * self.latency_s

    @property
    def reachable_per_s(self) -> float:
        """Inferences per second if a frame begins when the one before has ended."""
        return 1 / self.latency_s

    @property
    def ram_bytes(self) -> int:
        """Activations, the runtime, and the weights unless they are read from flash."""
        weights = 0 if self.device.layout == "flash" else self.weights_bytes
        return weights + self.activations_bytes + self.inputs.overhead_bytes

    @property
    def energy_j(self) -> float:
        """Of one inference, pre- and post-processing included, on top of idling."""
        return energy_j(self.device.active.value - self.device.idle.value, self.latency_s)

    @property
    def power_w(self) -> float:
        """On average. What is planned beyond the reachable rate is not done, and so costs nothing."""
        per_s = min(self.inputs.per_second, self.reachable_per_s) * self.inputs.duty
        return average_power_w(self.device.idle.value + self.inputs.rest_w, self.energy_j, per_s)

    @property
    def battery_h(self) -> float:
        """How long the battery lasts."""
        return battery_h(self.inputs.battery_wh, self.power_w)

    def value(self, measure: Measure) -> float:
        """One figure, in seconds, bytes, joules, watts, hours or per second."""
        return VALUES[measure](self)

    def limits(self, required: Requirements) -> Sequence[Limit]:
        """Each figure of which something is required, in the order of the page."""
        flash = self.device.flash.value if self.device.flash else None
        bounds: Sequence[tuple[Measure, float | None, Side]] = (
            (Measure.P95, required.latency_s, "at most"),
            (Measure.REACHABLE, max(required.per_second, self.inputs.per_second), "at least"),
            (Measure.ASKED, required.per_second, "at least"),
            (Measure.DUTY, required.duty, "at least"),
            (Measure.RAM, smaller(required.ram_bytes, self.device.ram.value), "at most"),
            (Measure.FLASH, smaller(required.flash_bytes, flash), "at most"),
            (Measure.POWER, required.power_w, "at most"),
            (Measure.BATTERY, required.battery_h, "at least"),
        )
        return [Limit(one, self.value(one), bound, side) for one, bound, side in bounds if bound is not None]

    def violations(self, required: Requirements) -> Sequence[Limit]:
        """The limits that do not hold."""
        return [limit for limit in self.limits(required) if not limit.is_met]


def smaller(*bounds: float | None) -> float | None:
    """The tightest of the bounds that there are."""
    return min((bound for bound in bounds if bound is not None), default=None)


VALUES: Mapping[Measure, Callable[[Budget], float]] = {
    Measure.COMPUTE: lambda budget: budget.bound.compute_s,
    Measure.MEMORY: lambda budget: budget.bound.memory_s,
    Measure.INFERENCE: lambda budget: budget.bound.seconds,
    Measure.LATENCY: lambda budget: budget.latency_s,
    Measure.P95: lambda budget: budget.p95_s,
    Measure.REACHABLE: lambda budget: budget.reachable_per_s,
    Measure.ASKED: lambda budget: budget.inputs.per_second,
    Measure.DUTY: lambda budget: budget.inputs.duty,
    Measure.RAM: lambda budget: budget.ram_bytes,
    Measure.FLASH: lambda budget: budget.weights_bytes,
    Measure.ENERGY: lambda budget: budget.energy_j,
    Measure.POWER: lambda budget: budget.power_w,
    Measure.BATTERY: lambda budget: budget.battery_h,
}
