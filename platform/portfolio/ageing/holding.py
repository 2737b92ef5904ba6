"""Whether a claim still holds, by a second report on the same entry: a pure function of the two."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from grader.report import LatencyFacts, Measured, Report
from portfolio.claims.facts import Factor, change, estimate, size_factor, speed_factor


class Shortfall(StrEnum):
    """What is claimed and was not found again."""

    REFUSED = "refused"
    GATE = "gate"
    ACCURACY = "accuracy"
    SIZE = "size"
    MEMORY = "memory"
    SPEED = "speed"
    GOLD = "gold"


ON_ANY_CPU = {Shortfall.GATE, Shortfall.ACCURACY, Shortfall.SIZE}
OF_PART = {
    "accuracy": Shortfall.GATE,
    "size": Shortfall.SIZE,
    "memory": Shortfall.MEMORY,
    "latency": Shortfall.SPEED,
}


def is_elsewhere(claimed: Report, found: Report) -> bool:
    """Whether the two were timed on different kinds of processors."""
    return claimed.environment.get("cpu_model") != found.environment.get("cpu_model")


def is_comparable(claimed: Report, found: Report) -> bool:
    """Whether the second says anything about the first.

    Another version of the challenge asks for something else. And a refusal on another processor leaves nothing to
    compare: the rule that was broken may be one about time.
    """
    same_task = claimed.challenge_version == found.challenge_version
    return same_task and (found.measured is not None or not is_elsewhere(claimed, found))


def shortfalls(claimed: Report, found: Report) -> tuple[Shortfall, ...]:
    """What the second report does not support any more of what the first one lets somebody say. Nothing: it holds.

    It holds if the entry passes again, with gold where gold is claimed, and if no figure that is told is better than
    what was found (see `figures_short`). On another kind of processor a clock says nothing about the first one, and
    neither does the memory of a graph that was optimised for it: there the gate, accuracy and size are compared alone.
    Points are not compared, because those of two formulas mean different things. Raises ValueError if the first report
    is not that of a graded entry.
    """
    if claimed.measured is None:
        raise ValueError("nothing was claimed")
    if found.measured is None or found.score is None:
        return (Shortfall.REFUSED,)
    short = {OF_PART[part.name] for part in found.score.parts if not part.met}
    short.update(figures_short(claimed.measured, found.measured))
    if claimed.gold and not found.gold:
        short.add(Shortfall.GOLD)
    if is_elsewhere(claimed, found):
        short &= ON_ANY_CPU
    if is_estimated_slower(claimed, found):
        short.add(Shortfall.SPEED)
    if Shortfall.GATE in short:
        short.discard(Shortfall.ACCURACY)  # less than the gate says so already
    return tuple(shortfall for shortfall in Shortfall if shortfall in short)


def figures_short(told: Measured, found: Measured) -> Iterator[Shortfall]:
    """Which figures, as a claim tells them, are better than what was found.

    Size is counted: the factor that is told must be found again. Accuracy is measured on the same items both times, so
    there is no new chance in it: the change that was found must not be below the interval that is told. Time is
    measured anew with a noise of its own, so speed falls short only if even the fast end of what was found does not
    reach the slow end of what is told: of one and the same speed, two intervals of 95 % miss each other in this way
    three times in a thousand.
    """
    if gain(size_factor(found)) < gain(size_factor(told)):
        yield Shortfall.SIZE
    if change(found).points < change(told).low:
        yield Shortfall.ACCURACY
    if is_slower(told.latency, found.latency):
        yield Shortfall.SPEED


def is_estimated_slower(claimed: Report, found: Report) -> bool:
    """Whether the device that points rest on is estimated to be slower than is told, which no processor changes."""
    told, now = estimate(claimed.scored_device), estimate(found.scored_device)
    return told is not None and (now is None or gain(now.factor) < gain(told.factor))


def gain(factor: Factor) -> Decimal:
    """How many times better; below 1 where it is worse."""
    return factor.times if factor.is_gain else 1 / factor.times


def is_slower(told: LatencyFacts, found: LatencyFacts) -> bool:
    """Whether even the fast end of what was found does not reach the slow end of what is told."""
    speed, fast_end = speed_factor(told), found.interval[0]
    if speed is None or speed.low is None or speed.high is None:
        return fast_end > 1
    return speed.low > Decimal(1 / fast_end) if speed.is_gain else Decimal(fast_end) > speed.high
