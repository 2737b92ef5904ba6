"""What a model would take on boards that are not here, beside what the baseline takes there.

Accuracy is measured natively by exact arithmetic; on the items of the estimate the device must answer the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.challenge import Baseline, Challenge, Items
from grader.devices.lab import Lab
from grader.devices.models import run_model
from grader.devices.targets import Counts, Device, boards
from grader.errors import EntryRejected
from grader.evaluation import Evaluated, answers
from grader.report import Agreement, DeviceCost, DeviceFacts, Finding, InspectionFacts
from grader.sandbox.base import Sandbox

WARM_BELOW_MACS = 100_000_000
"""A smaller model runs twice, and the second run counts. What the runtime does only once are some 40,000 to 70,000
instructions: of a model of that size half a percent at most, and 0.03 % of 569 M MACs in floats, too little to emulate
it all again."""
ROUNDING = 1e-4  # relative to the largest output: sums of floats in another order
ONE_STEP = 0.05  # where floats feed integers, a last bit now and then moves a value by a whole step


@dataclass(frozen=True, slots=True)
class Estimates:
    """One for each board, or why there are none."""

    devices: tuple[DeviceFacts, ...] = ()
    absent: Finding | None = None


def estimate(evaluated: Evaluated, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> Estimates:
    """Of what ran of an entry: its own model, or what the grader made of it. Raises GraderError only when we failed."""
    entry, lab = evaluated.facts.entry, challenge.lab
    if entry.format != "onnx":
        return Estimates(absent=Finding("estimate_other_format", {"format": entry.format}))
    if lab is None:
        return Estimates(absent=Finding("estimate_no_lab"))
    items = sample(challenge, evaluated.facts.inspection.macs)
    exact, _ = answers(evaluated.model, items, challenge, sandbox)
    given = []
    for device in boards():
        try:
            run = run_model(evaluated.model, items, challenge.rules.output, device, lab, sandbox)
        except EntryRejected as refusal:
            return Estimates(absent=Finding(refusal.code, refusal.params))
        agreement = _agreement(run.outputs, exact, evaluated.facts.inspection)
        given.append(_facts(device, cost_of(device, run.counts), baseline.devices[device.name], agreement, lab))
    return Estimates(devices=tuple(given))


def reference_costs(challenge: Challenge, macs: int, sandbox: Sandbox) -> Mapping[str, DeviceCost]:
    """What the baseline takes on each board; nothing without a lab. macs: its own. Raises GraderError."""
    lab, items = challenge.lab, sample(challenge, macs)
    if lab is None:
        return {}
    runs = (
        (device, run_model(challenge.reference, items, challenge.rules.output, device, lab, sandbox))
        for device in boards()
    )
    return {device.name: cost_of(device, run.counts) for device, run in runs}


def sample(challenge: Challenge, macs: int) -> Items:
    """The items that the estimate runs on, [items, ...]: public ones, the same for everybody."""
    return challenge.calibration[: inferences(macs)]


def inferences(macs: int) -> int:
    """How many are emulated; the last one counts."""
    return 2 if macs < WARM_BELOW_MACS else 1


def cost_of(device: Device, counts: Counts) -> DeviceCost:
    """What the counts of one inference cost on a device, and which part of it each of them has."""
    cycles, cost = device.cycles(counts), device.cost
    return DeviceCost(
        counts=counts,
        cycles=cycles,
        level1_cycles=cost.level1_miss * counts.level1_misses,
        level2_cycles=cost.level2_miss * counts.level2_misses,
        estimated_ms=device.estimated_ms(cycles),
    )


def _facts(device: Device, entry: DeviceCost, reference: DeviceCost, agreement: Agreement, lab: Lab) -> DeviceFacts:
    return DeviceFacts(
        name=device.name,
        title=device.title,
        core=device.core,
        clock_ghz=device.clock_ghz,
        fitted=device.fitted,
        median_error=device.error.median if device.error else None,
        worst_error=device.error.worst if device.error else None,
        has_dot_product=device.has_dot_product,
        entry=entry,
        reference=reference,
        ratio=entry.cycles / reference.cycles,
        agreement=agreement,
        tools=dict(lab.tools),
    )


def _agreement(emulated: Items, exact: Items, facts: InspectionFacts) -> Agreement:
    """How far the device's answers are from those of exact native arithmetic, relative to the largest of them."""
    difference = np.abs(emulated.astype(np.float64) - exact).max() / max(np.abs(exact).max(), np.finfo(np.float64).tiny)
    return Agreement(items=len(exact), difference=float(difference), tolerance=tolerance(facts))


def tolerance(facts: InspectionFacts) -> float:
    """What two right answers may differ by: nothing where integers are computed with from the input to the output."""
    kinds = {node.precision for node in facts.nodes} - {"other"}
    if kinds == {"float"}:
        return ROUNDING
    dynamic = any(node.op.startswith("Dynamic") or node.op.endswith("Integer") for node in facts.nodes)
    return ONE_STEP if dynamic or "float" in kinds else 0.0
