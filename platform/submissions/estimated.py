"""What a report's estimates for devices show: the boards side by side, each beside what the baseline takes there."""

from dataclasses import dataclass

from grader.advice import seen_on_devices
from grader.report import DeviceCost, DeviceFacts, Finding, Report


@dataclass(frozen=True, slots=True)
class Estimated:
    """All that is told. scored: the one on which points rest. cycles, classes: a name, and for each device two figures,
    the entry's and the baseline's.
    """

    devices: tuple[DeviceFacts, ...]
    absent: Finding | None
    scored: DeviceFacts | None
    seen: tuple[Finding, ...]
    cycles: list[tuple[str, list[int]]]
    classes: list[tuple[str, list[int]]]

    @classmethod
    def of(cls, report: Report) -> "Estimated | None":
        """Of a graded model. None for reports from before there were any."""
        measured = report.measured
        if measured is None or not (measured.devices or measured.no_estimate):
            return None
        return cls(
            devices=measured.devices,
            absent=measured.no_estimate,
            scored=report.scored_device,
            seen=seen_on_devices(measured),
            cycles=cycles(measured.devices),
            classes=classes(measured.devices),
        )

    @property
    def columns(self) -> int:
        """Of the table of cycles."""
        return 1 + 2 * len(self.devices)


def cycles(devices: tuple[DeviceFacts, ...]) -> list[tuple[str, list[int]]]:
    """What the counts cost."""
    costs = side_by_side(devices)
    return [
        ("instructions", [round(cost.instruction_cycles) for cost in costs]),
        ("level1", [round(cost.level1_cycles) for cost in costs]),
        ("level2", [round(cost.level2_cycles) for cost in costs]),
    ]


def classes(devices: tuple[DeviceFacts, ...]) -> list[tuple[str, list[int]]]:
    """Instructions by class."""
    costs = side_by_side(devices)
    return [
        (name, [cost.counts.classes[name] for cost in costs]) for name in (costs[0].counts.classes if costs else ())
    ]


def side_by_side(devices: tuple[DeviceFacts, ...]) -> list[DeviceCost]:
    """The entry's and the baseline's, device by device."""
    return [cost for device in devices for cost in (device.entry, device.reference)]
