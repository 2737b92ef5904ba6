"""How measured figures are written for people."""

from collections.abc import Callable

from django.utils.formats import number_format

from grader.devices.targets import devices
from grader.report import SQNR_CEILING_DB


def percent(fraction: float) -> str:
    """0.9123 -> 91.23 %."""
    return f"{100 * fraction:.2f} %"


def whole_percent(fraction: float) -> str:
    """0.4 -> 40 %."""
    return f"{100 * fraction:.0f} %"


def file_size(size_bytes: float) -> str:
    """98496 -> 96.2 KiB."""
    if size_bytes < 2**10:
        return f"{size_bytes:.0f} B"
    if size_bytes < 2**20:
        return f"{size_bytes / 2**10:.1f} KiB"
    return f"{size_bytes / 2**20:.2f} MiB"


def ratio(value: float) -> str:
    """0.3666 -> ×0.367, a multiple of the reference."""
    return f"×{value:.3f}"


def decibels(value: float | None) -> str:
    """23.456 -> 23.5 dB; nothing where nothing was compared, and infinity where nothing was lost."""
    if value is None:
        return "–"
    return "∞" if value >= SQNR_CEILING_DB else f"{value:.1f} dB"


def count(value: float) -> str:
    """78042 -> 78,042."""
    return number_format(round(value), force_grouping=True)


WRITTEN: dict[str, Callable[[float], str]] = {
    "accuracy": percent,
    "size": file_size,
    "memory": file_size,
    "latency": ratio,
    **dict.fromkeys(devices(), count),
}
"""By the names that targets and score parts have."""
