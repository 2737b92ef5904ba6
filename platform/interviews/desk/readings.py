"""The figures of a budget in words: what each is, what is required, how it was computed, and what would mend it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from interviews.desk.budget import Budget, Inputs, Limit, Measure, Requirements
from interviews.desk.devices import Device, Figure, Layout, devices, figure
from interviews.desk.mending import Hint, hint_for
from interviews.desk.quantities import percent, rate, rounded, si, size

DIGITS, EXACT = 3, 4
"""Of computed figures, and of what is set or required."""
HOURS_A_DAY = 24
DAYS_FROM_H = 72


def seconds(value: float, digits: int = DIGITS) -> str:
    """0.0125 -> 12.5 ms."""
    return si(value, "s", digits)


def watts(value: float, digits: int = DIGITS) -> str:
    """0.00063 -> 630 µW."""
    return si(value, "W", digits)


def joules(value: float, digits: int = DIGITS) -> str:
    """0.00584 -> 5.84 mJ."""
    return si(value, "J", digits)


def lasting(hours: float, digits: int = DIGITS) -> str:
    """Hours, or days where they are many."""
    if hours < DAYS_FROM_H:
        return str(_("%(hours)s h") % {"hours": rounded(hours, digits)})
    return str(_("%(days)s days") % {"days": rounded(hours / HOURS_A_DAY, digits)})


WRITTEN: Mapping[Measure, Callable[[float, int], str]] = {
    **dict.fromkeys((Measure.COMPUTE, Measure.MEMORY, Measure.INFERENCE, Measure.LATENCY, Measure.P95), seconds),
    **dict.fromkeys((Measure.REACHABLE, Measure.ASKED), rate),
    **dict.fromkeys((Measure.RAM, Measure.FLASH), size),
    Measure.DUTY: percent,
    Measure.ENERGY: joules,
    Measure.POWER: watts,
    Measure.BATTERY: lasting,
}

MENDED = {
    "macs": _("At most %(value)s MACs per inference would do"),
    "parameters": _("At most %(value)s parameters would do"),
    "weight_bits": _("Weights of %(value)s bits would do"),
    "activation_bits": _("Activations of %(value)s bits would do"),
    "peak_elements": _("At most %(value)s activations alive at once would do"),
    "traffic_elements": _("At most %(value)s activations read and written would do"),
    "overhead_bytes": _("A runtime of at most %(value)s would do"),
    "pre_s": _("Pre-processing within %(value)s would do"),
    "post_s": _("Post-processing within %(value)s would do"),
    "per_second": _("%(value)s would do"),
    "duty": _("Being active %(value)s of the time would do"),
    "rest_w": _("At most %(value)s for the rest of the system would do"),
    "battery_wh": _("A battery of %(value)s would do"),
    "device": _("Another device would do, with the share of the peak that we assume for it: %(value)s"),
}
"""What a hint says, by the input that it changes."""

LEVER_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "overhead_bytes": size,
    **dict.fromkeys(("pre_s", "post_s"), seconds),
    "per_second": rate,
    "duty": percent,
    "rest_w": watts,
    "battery_wh": lambda value: si(value, "Wh"),
}


def asked(required: Requirements) -> Sequence[tuple[str, str]]:
    """What is required, as a list to read."""
    words = [
        (_("Inferences per second, while active"), f"≥ {rate(required.per_second)}"),
        (_("Share of the time active"), f"≥ {percent(required.duty)}"),
        (_("Latency, 95th percentile, end to end"), f"≤ {seconds(required.latency_s, EXACT)}"),
        (_("RAM"), f"≤ {size(required.ram_bytes)}"),
        (_("Storage for weights"), f"≤ {size(required.flash_bytes)}" if required.flash_bytes else ""),
        (_("Average power"), f"≤ {watts(required.power_w, EXACT)}" if required.power_w else ""),
        (_("Battery life"), f"≥ {lasting(required.battery_h, EXACT)}" if required.battery_h else ""),
        (_("Accuracy (a wish: the calculator does not know it)"), required.accuracy[get_language() or "en"]),
    ]
    return [(str(name), value) for name, value in words if value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure as the page shows it. `is_met` is None where nothing is required."""

    name: str
    value: str
    required: str = ""
    is_met: bool | None = None
    missed: str = ""
    hint: str = ""
    formula: str
    worked: str


def rows(inputs: Inputs, required: Requirements) -> Sequence[Row]:
    """Every figure of a budget, in the order of the page; no battery, no battery life."""
    budget = inputs.budget()
    limits = {limit.measure: limit for limit in budget.limits(required)}
    shown = [one for one in Measure if one != Measure.BATTERY or one in limits or inputs.battery_wh]
    return [row(budget, required, measure, limits.get(measure)) for measure in shown]


def row(budget: Budget, required: Requirements, measure: Measure, limit: Limit | None) -> Row:
    """One figure."""
    formula, worked = explained(budget, measure)
    written = WRITTEN[measure]
    bare = Row(name=str(measure.label), value=written(budget.value(measure), DIGITS), formula=formula, worked=worked)
    if limit is None:
        return bare
    sign = "≤" if limit.side == "at most" else "≥"
    beside = replace(bare, required=f"{sign} {written(limit.bound, EXACT)}", is_met=limit.is_met)
    if limit.is_met:
        return beside
    return replace(beside, missed=missed(limit), hint=hint_words(hint_for(budget.inputs, required, limit), measure))


def missed(limit: Limit) -> str:
    """By how much."""
    words = _("%(percent)s too much") if limit.side == "at most" else _("%(percent)s short")
    return str(words % {"percent": percent(limit.excess, 2)})


def hint_words(hint: Hint | None, measure: Measure) -> str:
    """What would mend it, and what the figure would then be."""
    if hint is None:
        return str(_("No single input mends this, nor another device alone: change several at once."))
    sentence = str(MENDED[hint.lever]) % {"value": lever_value(hint)}
    return str(
        _("%(sentence)s: then %(result)s.") % {"sentence": sentence, "result": WRITTEN[measure](hint.result, EXACT)}
    )


def lever_value(hint: Hint) -> str:
    """The value of an input, as one would type it."""
    if isinstance(hint.value, str):
        return devices()[hint.value].name[get_language() or "en"]
    if hint.lever.endswith("_bits"):
        return str(hint.value)
    return LEVER_WRITTEN.get(hint.lever, si)(hint.value)


def device_figures(device: Device) -> Sequence[tuple[str, str, Figure]]:
    """Each figure of a device with its name and unit."""
    return [(str(FIGURES[name][0]), FIGURES[name][1](one.value), one) for name, one in device.figures()]


FIGURES: Mapping[str, tuple[object, Callable[[float], str]]] = {
    "peak8": (_("Peak, 8-bit kernels"), lambda value: si(value, "OPS")),
    "peak16": (_("Peak, 16-bit kernels"), lambda value: si(value, "OPS")),
    "peak32": (_("Peak, 32-bit kernels"), lambda value: si(value, "OPS")),
    "memory": (_("Memory bandwidth"), lambda value: si(value, "B/s")),
    "weights_path": (_("Bandwidth for weights (flash or link)"), lambda value: si(value, "B/s")),
    "ram": (_("RAM"), size),
    "flash": (_("Flash"), size),
    "on_chip": (_("Weights that fit on the chip"), lambda value: si(value, "B")),
    "active": (_("Power, active"), watts),
    "idle": (_("Power, idle"), watts),
    "utilisation": (_("Share of the peak that is reached"), percent),
}


def explained(budget: Budget, measure: Measure) -> tuple[str, str]:
    """The formula in words, and with the reader's figures."""
    formula, worked = EXPLAINED[measure](budget)
    return str(formula), worked


def compute(budget: Budget) -> tuple[object, str]:
    """See Budget.bound."""
    peak, share = si(budget.peak_ops, "OPS"), percent(budget.inputs.utilisation)
    return _("2 × MACs ÷ (peak × share of it)"), f"2 × {si(budget.inputs.macs)} ÷ ({peak} × {share})"


def memory(budget: Budget) -> tuple[object, str]:
    """See Device.paths."""
    device, weights, moved = budget.device, size(budget.weights_bytes, DIGITS), size(budget.traffic_bytes, DIGITS)
    memory, path = si(figure(device.memory), "B/s"), si(figure(device.weights_path), "B/s")
    if device.layout == Layout.SHARED:
        return _("(weights + activations moved) ÷ memory bandwidth"), f"({weights} + {moved}) ÷ {memory}"
    if device.layout == Layout.FLASH:
        formula = _("the longer of activations moved ÷ RAM bandwidth and weights ÷ flash bandwidth")
        return formula, f"max({moved} ÷ {memory}, {weights} ÷ {path})"
    kept = si(figure(device.on_chip), "B")
    return _("weights beyond what fits on the chip ÷ link"), f"max(0, {weights} − {kept}) ÷ {path}"


def ram(budget: Budget) -> tuple[object, str]:
    """See Budget.ram_bytes."""
    alive, runtime = size(budget.activations_bytes, DIGITS), size(budget.inputs.overhead_bytes, DIGITS)
    if budget.device.layout == Layout.FLASH:
        return _("activations alive + runtime; weights stay in flash"), f"{alive} + {runtime}"
    return _("weights + activations alive + runtime"), f"{size(budget.weights_bytes, DIGITS)} + {alive} + {runtime}"


def power(budget: Budget) -> tuple[object, str]:
    """See Budget.power_w."""
    inputs = budget.inputs
    done = rate(min(inputs.per_second, budget.reachable_per_s))
    formula = _("idle + rest of the system + energy × inferences per second × share of the time active")
    idle, rest, energy = watts(budget.device.idle.value), watts(inputs.rest_w), joules(budget.energy_j)
    return formula, f"{idle} + {rest} + {energy} × {done} × {percent(inputs.duty)}"


EXPLAINED: Mapping[Measure, Callable[[Budget], tuple[object, str]]] = {
    Measure.COMPUTE: compute,
    Measure.MEMORY: memory,
    Measure.INFERENCE: lambda budget: (
        _("the longer of compute and memory time"),
        f"max({seconds(budget.bound.compute_s)}, {seconds(budget.bound.memory_s)})",
    ),
    Measure.LATENCY: lambda budget: (
        _("pre-processing + inference + post-processing"),
        f"{seconds(budget.inputs.pre_s)} + {seconds(budget.bound.seconds)} + {seconds(budget.inputs.post_s)}",
    ),
    Measure.P95: lambda budget: (
        _("latency × your factor for the 95th percentile"),
        f"{seconds(budget.latency_s)} × {rounded(budget.inputs.tail)}",
    ),
    Measure.REACHABLE: lambda budget: (_("1 ÷ latency: one frame after another"), f"1 ÷ {seconds(budget.latency_s)}"),
    Measure.ASKED: lambda budget: (_("as you set it"), rate(budget.inputs.per_second)),
    Measure.DUTY: lambda budget: (_("as you set it"), percent(budget.inputs.duty)),
    Measure.RAM: ram,
    Measure.FLASH: lambda budget: (
        _("parameters × bits ÷ 8; the program comes on top"),
        f"{si(budget.inputs.parameters)} × {budget.inputs.weight_bits} ÷ 8",
    ),
    Measure.ENERGY: lambda budget: (
        _("(active − idle power) × latency"),
        f"({watts(budget.device.active.value)} − {watts(budget.device.idle.value)}) × {seconds(budget.latency_s)}",
    ),
    Measure.POWER: power,
    Measure.BATTERY: lambda budget: (
        _("usable capacity ÷ average power"),
        f"{si(budget.inputs.battery_wh, 'Wh')} ÷ {watts(budget.power_w)}",
    ),
}
