"""From raw timing samples to one ratio with an interval. Wall-clock medians are not reproducible on shared machines."""

import math
import statistics
from collections.abc import Sequence

from grader.report import TimingProcess

TRIM = 0.2
STUDENT_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5 % quantiles of Student's t for 1 to 9 degrees of freedom: all that 3 to 15 processes need."""


def log_ratio(process: TimingProcess) -> float:
    """ln(entry / reference) of one process, from the least thread CPU time per inference of each."""
    return math.log(min(process.entry_min_ns) / min(process.reference_min_ns))


def trimmed_mean(values: Sequence[float]) -> tuple[float, float]:
    """20 %-trimmed mean of 3 to 15 values and the half-width of its 95 % interval.

    half = t(h - 1) · s_w / ((1 - 2·0.2)·sqrt(n)), s_w the Winsorised standard deviation and h the values left.
    Raises ValueError below 3 values. Source: Yuen 1974, Biometrika 61(1); Tukey and McLaughlin 1963, Sankhya A 25(3).
    """
    if len(values) < 3:
        raise ValueError(f"{len(values)} values are too few for an interval")
    ordered, cut = sorted(values), int(TRIM * len(values))
    kept = ordered[cut : len(ordered) - cut]
    winsorised = [kept[0]] * cut + kept + [kept[-1]] * cut
    t = STUDENT_T_975[len(kept) - 2]
    half = t * statistics.stdev(winsorised) / ((1 - 2 * TRIM) * math.sqrt(len(values)))
    return statistics.fmean(kept), half


def ratio_with_interval(processes: Sequence[TimingProcess]) -> tuple[float, tuple[float, float]]:
    """Entry's time over the reference's, and its 95 % interval."""
    middle, half = trimmed_mean([log_ratio(process) for process in processes])
    return math.exp(middle), (math.exp(middle - half), math.exp(middle + half))
