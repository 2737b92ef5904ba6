"""The sentences of a claim, in the registers in which people need them."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from portfolio.claims.facts import Change, Estimate, Factor, Gain, KernelFacts, ModelFacts

WORDING = Path(__file__).with_name("wording.toml")


class Register(StrEnum):
    """Where a sentence is meant to stand."""

    RESUME = "resume"
    PROFILE = "profile"
    README = "readme"


@cache
def wording() -> Mapping[str, Mapping[str, str]]:
    """The sentences by language and name."""
    return tomllib.loads(WORDING.read_text("utf-8"))


def sentence(facts: ModelFacts | KernelFacts, title: str, register: Register, language: str) -> str:
    """What may be said of an entry for the challenge of this title."""
    words = wording()[language]
    if isinstance(facts, KernelFacts):
        pattern, told = words[f"kernel_{register}"], of_kernel(facts, words)
    else:
        pattern, told = words[register], of_model(facts, words)
    date = f"{facts.measured_on:%Y-%m-%d}"
    return pattern.format(title=title, date=date, formula=facts.formula, sha256=facts.sha256, **told)


def of_model(facts: ModelFacts, words: Mapping[str, str]) -> Mapping[str, str]:
    """What fills the gaps that only models have."""
    return {
        "size": size(facts.size, words),
        "speed": speed(facts, words),
        "accuracy": accuracy(facts.change, words),
        "cpu": facts.cpu,
        "runtime": facts.runtime,
    }


def of_kernel(facts: KernelFacts, words: Mapping[str, str]) -> Mapping[str, str]:
    """What fills the gaps that only kernels have."""
    return {
        "cycles": words["and"].join(cycles(gain, words) for gain in facts.gains),
        "reference": words["standard_nodes" if facts.is_operator else "scalar_reference"],
        "tools": facts.tools,
    }


def cycles(gain: Gain, words: Mapping[str, str]) -> str:
    """How many cycles it is estimated to take on one device."""
    return words["fewer_cycles" if gain.factor.is_gain else "more_cycles"].format(
        times=gain.factor.times, core=gain.core
    )


def size(factor: Factor, words: Mapping[str, str]) -> str:
    """How large it is."""
    if not factor.is_gain:
        return words["larger"].format(times=factor.times)
    return words["smaller"].format(times=factor.times)


def speed(facts: ModelFacts, words: Mapping[str, str]) -> str:
    """How fast it is."""
    factor = facts.speed
    if factor is None:
        told = words["as_fast"]
    else:
        name = "faster" if factor.is_gain else "slower"
        told = words[name].format(times=factor.times, low=factor.low, high=factor.high)
    measured = words["noisy"].format(speed=told) if facts.is_noisy else told
    if facts.estimate is None:
        return measured
    return words["both"].format(estimated=estimated(facts.estimate, words), measured=measured, cpu=facts.cpu)


def estimated(estimate: Estimate, words: Mapping[str, str]) -> str:
    """How fast it would be on a board, with how far off such estimates are."""
    name = "estimated_faster" if estimate.factor.is_gain else "estimated_slower"
    told = words[name].format(times=estimate.factor.times, device=estimate.device)
    if estimate.median_error is None:
        return told
    return words["estimate_error"].format(estimated=told, median=f"{100 * estimate.median_error:.1f}")


def accuracy(change: Change, words: Mapping[str, str]) -> str:
    """How its accuracy differs from the baseline's."""
    points, low, high = map(signed, (change.points, change.low, change.high))
    metric = words[f"metric_{change.metric}"]
    return words["accuracy"].format(metric=metric, points=points, low=low, high=high, items=f"{change.items:,}")


def signed(points: Decimal) -> str:
    """With a sign that cannot be taken for a hyphen."""
    return f"−{-points}" if points < 0 else f"+{points}" if points > 0 else "±0"
