"""Figures, and the grader's sentences, as a reader sees them."""

from collections.abc import Sequence
from typing import Protocol

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from catalog.quantities import WRITTEN, count, decibels, file_size, percent, ratio, whole_percent
from challenges.registry import everything
from challenges.spec import Spec
from challenges.tables import Bilingual
from content.brief import to_html
from grader.errors import Params
from grader.report import Finding, RuleFacts
from grader.wording import Sentence, say
from skills.map import Skill, skill_map


class Part(Protocol):
    """A part of the score, a row of the card. device: for which it is estimated, by its title; "" where measured."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str: ...


register = template.Library()
register.filter("percent", percent)
register.filter("whole_percent", whole_percent)
register.filter("file_size", file_size)
register.filter("ratio", ratio)
register.filter("count", count)
register.filter("decibels", decibels)


def in_readers_language(code: str, params: Params) -> Sentence:
    """A sentence of the grader's."""
    return say(code, params, get_language() or "en")


@register.filter
def points(fraction: float) -> str:
    """0.02 -> 2.00, a difference of accuracies that is allowed."""
    return f"{100 * fraction:.2f}"


@register.filter
def signed_points(fraction: float) -> str:
    """0.0042 -> +0.42, a difference of accuracies that was measured."""
    return f"{100 * fraction:+.2f}".replace("-", "−")


@register.filter
def microseconds(ns: int) -> str:
    """83456 -> 83.5 µs."""
    return f"{ns / 1000:.1f} µs"


@register.filter
def signed_percent(fraction: float) -> str:
    """-0.0421 -> −4.2 %, a relative difference."""
    return f"{100 * fraction:+.1f} %".replace("-", "−")


@register.filter
def as_quantity(value: float, name: str) -> str:
    """A figure in the unit of the quantity that it measures."""
    return WRITTEN[name](value)


@register.filter
def extensions(formats: Sequence[str]) -> str:
    """("onnx", "tflite") -> .onnx, .tflite."""
    return ", ".join(f".{name}" for name in formats)


@register.filter
def said(finding: Finding) -> Sentence:
    """A finding of the grader's, as message and hint."""
    return in_readers_language(finding.code, finding.params)


@register.filter
def rule(facts: RuleFacts) -> str:
    """A rule that held, with its limit and what was found."""
    code = "_".join(filter(None, ("rule", facts.name, facts.kind)))
    return in_readers_language(code, {"limit": facts.limit or 0.0, "measured": facts.measured or 0.0}).message


@register.filter
def called(name: str, kind: str) -> str:
    """What a stage, a part of the score or a verdict is called: `{{ stage|called:"stage" }}`."""
    return in_readers_language(f"{kind}_{name}", {}).message


@register.filter
def labelled(part: Part) -> str:
    """What a part of the score is called; an estimated latency with its device."""
    if part.device:
        return in_readers_language("part_estimated_latency", {"device": part.device}).message
    return called(part.name, "part")


@register.filter
def milliseconds(ms: float) -> str:
    """0.3124 -> 0.312 ms."""
    return f"{ms:.3g} ms"


@register.filter
def gigahertz(ghz: float) -> str:
    """2.4 -> 2.4 GHz."""
    return f"{ghz:g} GHz"


@register.filter
def scientific(value: float) -> str:
    """0.00000083 -> 8.3e-07."""
    return f"{value:.1e}"


@register.filter
def meaning(name: str, kind: str) -> str:
    """What it means, in a sentence."""
    return in_readers_language(f"{kind}_{name}", {}).hint


@register.filter
def prose(texts: Bilingual) -> SafeString:
    """The reader's language out of a table of Markdown texts."""
    return to_html(in_language(texts))


@register.filter
def challenge_title(challenge_id: str) -> str:
    """The title of a challenge, or its bare id where it no longer exists."""
    spec = everything().get(challenge_id)
    return in_language(spec.title) if spec else challenge_id


@register.filter
def skills_of(spec: Spec) -> list[Skill]:
    """What a challenge measures."""
    return [skill_map()[skill] for skill in spec.skills]


@register.filter
def in_language(texts: Bilingual) -> str:
    """The reader's language out of a table of texts."""
    return texts[get_language() or "en"]
