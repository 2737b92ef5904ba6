"""A claim as a small drawing, for a README: made from the stored report, in a light and a dark scheme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from portfolio.claims.facts import Gain, KernelFacts, ModelFacts
from portfolio.claims.models import Claim
from portfolio.claims.text import signed, wording

SCHEMES: Mapping[str, Mapping[str, str]] = {
    "light": {"paper": "#fbfcfc", "ink": "#14232a", "soft": "#4c5b62", "line": "#d5dcdf", "accent": "#0b6b62"},
    "dark": {"paper": "#11191b", "ink": "#e7edef", "soft": "#a8b4b9", "line": "#2c373b", "accent": "#58cbbf"},
}

PLACES = {1: (18,), 2: (18, 249), 3: (18, 136, 326)}
"""Where figures begin on a card, by how many there are."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One large figure on a card."""

    value: str
    name: str


def card(claim: Claim, language: str, scheme: str) -> SafeString:
    """The SVG. Raises KeyError for an unknown language or scheme."""
    facts, words = claim.facts, wording()[language]
    context = {
        "title": claim.title(language),
        "figures": placed(figures(facts, words)),
        "measured": source(facts, words),
        "dated": words["card_dated"].format(date=f"{facts.measured_on:%Y-%m-%d}", sha256=facts.sha256[:12]),
        "colours": SCHEMES[scheme],
        "language": language,
    }
    return render_to_string("portfolio/card.svg", context)


def placed(shown: Sequence[Figure]) -> Sequence[tuple[int, Figure]]:
    """Each figure with where it begins."""
    return list(zip(PLACES[len(shown)], shown, strict=True))


def source(facts: ModelFacts | KernelFacts, words: Mapping[str, str]) -> str:
    """Who says so, and by what."""
    if isinstance(facts, KernelFacts):
        return words["card_counted"].format(tools=facts.tools)
    return words["card_measured"].format(cpu=facts.cpu, runtime=facts.runtime)


def figures(facts: ModelFacts | KernelFacts, words: Mapping[str, str]) -> Sequence[Figure]:
    """What stands out of a claim."""
    return kernel_figures(facts, words) if isinstance(facts, KernelFacts) else model_figures(facts, words)


def kernel_figures(facts: KernelFacts, words: Mapping[str, str]) -> Sequence[Figure]:
    """Estimated cycles on up to two devices; of a single one also how near it is to the fewest instructions."""
    cycles, over_floor = [cycles_figure(gain, words) for gain in facts.gains[:2]], facts.gains[0].over_floor
    if len(cycles) == 1 and over_floor is not None:
        return [*cycles, Figure(f"×{over_floor}", words["card_floor"])]
    return cycles


def cycles_figure(gain: Gain, words: Mapping[str, str]) -> Figure:
    """On one device, against the reference."""
    return Figure(
        f"1/{gain.factor.times}" if gain.factor.is_gain else f"×{gain.factor.times}",
        words["card_cycles"].format(core=gain.core),
    )


def model_figures(facts: ModelFacts, words: Mapping[str, str]) -> Sequence[Figure]:
    """Size, speed and accuracy, with the name of each; speed and accuracy with their interval."""
    size = f"1/{facts.size.times}" if facts.size.is_gain else f"×{facts.size.times}"
    low, high = map(signed, (facts.change.low, facts.change.high))
    return [
        Figure(size, words["card_size"]),
        speed_figure(facts, words),
        Figure(signed(facts.change.points), words["card_accuracy"].format(low=low, high=high)),
    ]


def speed_figure(facts: ModelFacts, words: Mapping[str, str]) -> Figure:
    """How fast: as estimated on the device that is asked for, or as measured.

    What the interval of a measurement does not tell from the baseline is called as fast.
    """
    if facts.estimate:
        factor, device = facts.estimate.factor, facts.estimate.device
        name = words["card_estimated_faster" if factor.is_gain else "card_estimated_slower"]
        return Figure(f"{factor.times}×" if factor.is_gain else f"×{factor.times}", name.format(device=device))
    speed = facts.speed
    if speed is None:
        return Figure("×1", words["card_as_fast"])
    name = words["card_faster" if speed.is_gain else "card_slower"]
    return Figure(
        f"{speed.times}×" if speed.is_gain else f"×{speed.times}", name.format(low=speed.low, high=speed.high)
    )
