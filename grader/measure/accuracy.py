"""The metric "accuracy": the share of items answered right. Outside the sandbox: labels are only ever here."""

import math

import numpy as np
import numpy.typing as npt

from grader.challenge import Items
from grader.report import AccuracyFacts

Bools = npt.NDArray[np.bool_]
Z_95 = 1.959964  # two-sided 95 % quantile of the standard normal


def value(outputs: Items, labels: Items) -> float:
    """Fraction of items answered right. outputs: [items, classes], finite; labels: int64 [items]."""
    return float(correct_answers(outputs, labels).mean())


def facts(baseline: Items, exact: Items, kernels: Items, labels: Items, max_drop: float) -> AccuracyFacts:
    """An entry's accuracy against the baseline on the same items. Outputs as in `value`."""
    reference, entry, fast = (correct_answers(outputs, labels) for outputs in (baseline, exact, kernels))
    return accuracy_facts(reference, entry, fast, max_drop)


def correct_answers(outputs: Items, labels: Items) -> Bools:
    """Which items are answered right. outputs: [items, classes], finite; labels: [items]."""
    return np.asarray(outputs.argmax(axis=1) == labels)


def wilson_interval(successes: int, items: int) -> tuple[float, float]:
    """95 % interval of a proportion. Source: Wilson 1927, J. Am. Stat. Assoc. 22(158)."""
    share, z2 = successes / items, Z_95**2
    centre = (share + z2 / (2 * items)) / (1 + z2 / items)
    half = Z_95 / (1 + z2 / items) * math.sqrt(share * (1 - share) / items + z2 / (4 * items**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def paired_drop(baseline: Bools, entry: Bools) -> tuple[float, tuple[float, float]]:
    """Baseline minus entry accuracy over the same items, with its 95 % interval. See `drop_of_counts`."""
    return drop_of_counts(int((baseline & ~entry).sum()), int((~baseline & entry).sum()), len(baseline))


def drop_of_counts(lost: int, won: int, items: int) -> tuple[float, tuple[float, float]]:
    """The drop (lost - won) / items with its 95 % interval; lost: right in the baseline only, won: in the entry only.

    Only items on which the two differ carry variance: var = (b + c - (b - c)^2 / n) / n^2, b and c the two kinds of
    disagreement. Source: McNemar 1947, Psychometrika 12(2); interval after Wald.
    """
    drop = (lost - won) / items
    half = Z_95 * math.sqrt(max(lost + won - (lost - won) ** 2 / items, 0.0)) / items
    return drop, (drop - half, drop + half)


def accuracy_facts(baseline: Bools, exact: Bools, kernels: Bools, max_drop: float) -> AccuracyFacts:
    """Accuracy of an entry against the baseline on the same items; arrays are bool [items]."""
    drop, interval = paired_drop(baseline, exact)
    return AccuracyFacts(
        items=len(exact),
        value=float(exact.mean()),
        interval=wilson_interval(int(exact.sum()), len(exact)),
        baseline=float(baseline.mean()),
        drop=drop,
        drop_interval=interval,
        max_drop=max_drop,
        within_noise_of_gate=interval[0] <= max_drop <= interval[1],
        with_kernels=float(kernels.mean()),
    )
