"""Intervals of an accuracy and of a difference. The arithmetic is grader.measure.accuracy."""

import math
from random import Random

from grader.measure.accuracy import Z_95, drop_of_counts, wilson_interval
from interviews.drills.problem import Choice, Number, Problem, decimals, figures, number, written


def interval(rng: Random) -> Problem:
    """The Wilson interval of an accuracy."""
    items = rng.choice([100, 150, 200, 250, 300, 400, 500])
    right = round(items * rng.uniform(0.84, 0.98))
    low, high = wilson_interval(right, items)
    share, square = right / items, Z_95**2 / items
    error = math.sqrt(share * (1 - share) / items)
    return Problem(
        given=figures(items=items, right=right),
        asked={
            "low": end(low, "%", wald=share - Z_95 * error, one_error=share - error),
            "high": end(high, "%", wald=share + Z_95 * error, one_error=share + error),
        },
        extra=figures(
            share=written(share, 4),
            square=written(square, 5),
            centre=written((low + high) / 2, 4),
            half=written((high - low) / 2, 4),
        ),
    )


def paired(rng: Random) -> Problem:
    """Two models on the same items: the drop, its interval, and whether it is there at all."""
    items = rng.choice([1000, 2000, 4000, 5000, 10_000])
    lost, won = rng.randrange(10, items // 40), rng.randrange(8, items // 50)
    both = round(items * rng.uniform(0.8, 0.9))
    drop, (low, high) = drop_of_counts(lost, won, items)
    unpaired, error = apart((both + lost) / items, (both + won) / items, items), (high - low) / 2 / Z_95
    return Problem(
        given=figures(items=items, both=both, lost=lost, won=won, neither=items - both - lost - won),
        asked={
            "drop": end(drop, "points", sign=-drop, lost_only=lost / items),
            "low": end(low, "points", unpaired=drop - unpaired, one_error=drop - error),
            "high": end(high, "points", unpaired=drop + unpaired, one_error=drop + error),
            "differ": Choice(value="yes" if low > 0 else "no", options=("yes", "no")),
        },
        extra=figures(
            difference=lost - won,
            disagree=lost + won,
            variance=written(lost + won - (lost - won) ** 2 / items, 2),
            spread=written(100 * (high - low) / 2, 2),
            unpaired=written(100 * unpaired, 2),
        ),
        is_clear=abs(100 * low) > 0.05 and lost > won,
    )


def apart(before: float, after: float, items: int) -> float:
    """Half an interval of the difference as if the two accuracies came from different items."""
    return Z_95 * math.sqrt((before * (1 - before) + after * (1 - after)) / items)


def end(value: float, unit: str, **wrong: float) -> Number:
    """A share in hundredths, and what wrong methods give for it."""
    return number(100 * value, decimals(2), unit, **{name: 100 * other for name, other in wrong.items()})
