"""Cost coefficients from published timings, and how far off estimates with them are."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DIGITS = 3  # of a coefficient: more would promise more than a few dozen timings can give


def non_negative(features: Floats, wanted: Floats) -> Floats:
    """Least squares without negative coefficients: argmin |features · c - wanted|², c >= 0.

    features: [samples, k], k small; wanted: [samples]. Every set of coefficients that may be above 0 is solved without
    bounds, and the best solution without a negative coefficient is taken, which is the exact optimum.
    Source: Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23 (the conditions of the optimum).
    """
    columns = features.shape[1]
    best, least = np.zeros(columns), float(wanted @ wanted)
    for size in range(1, columns + 1):
        for chosen in map(list, combinations(range(columns), size)):
            solution, *_ = np.linalg.lstsq(features[:, chosen], wanted, rcond=None)
            residual = float(np.sum((features[:, chosen] @ solution - wanted) ** 2))
            if residual < least and np.all(solution >= 0):
                best, least = np.zeros(columns), residual
                best[chosen] = solution
    return best


def coefficients(counts: Floats, cycles: Floats) -> Floats:
    """Cycles for each counted event, so that the sum of squared relative errors is least; three significant digits.

    counts: [networks, events] of one inference; cycles: [networks], published time · clock.
    """
    exact = non_negative(counts / cycles[:, None], np.ones_like(cycles))
    return np.array([float(f"{value:.{DIGITS}g}") for value in exact])


def errors(counts: Floats, cycles: Floats, cost: Floats) -> Floats:
    """Relative errors of the estimates: counts · cost / cycles - 1."""
    return counts @ cost / cycles - 1


def left_out(counts: Floats, cycles: Floats) -> Floats:
    """Coefficients fitted to all networks but one, for each network: [networks, events]."""
    others = ~np.eye(len(cycles), dtype=bool)
    return np.array([coefficients(counts[kept], cycles[kept]) for kept in others])


def left_out_errors(counts: Floats, cycles: Floats) -> Floats:
    """The relative error of each network's estimate, its coefficients fitted to all other networks."""
    off: Floats = np.sum(counts * left_out(counts, cycles), axis=1) / cycles - 1
    return off


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation: Pearson's correlation of the ranks, equal values sharing their mean rank.

    Source: Spearman 1904, Am. J. Psychol. 15(1).
    """
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def pairs_in_order(published: Floats, estimated: Floats, apart: float) -> tuple[int, int]:
    """(right, all): the pairs whose published values differ by more than `apart` (0.2: 20 %), those in order first."""
    slower = published[:, None] > published * (1 + apart)
    return int(np.sum(slower & (estimated[:, None] > estimated))), int(np.sum(slower))


def _ranks(values: Floats) -> Floats:
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return (last - (sizes - 1) / 2)[group]
