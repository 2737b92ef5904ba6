"""A portfolio on paper, by typst. What somebody typed goes in as data and is never read as markup."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_jp
import typst
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from portfolio.claims.facts import KernelFacts, ModelFacts
from portfolio.claims.models import Claim
from portfolio.claims.text import Register, wording
from portfolio.exports.cards import figures
from portfolio.exports.documents import Address
from portfolio.pages.models import Page
from portfolio.pages.radar import Radar
from skills.map import skill_map
from skills.standing import Standing

TEMPLATE = Path(__file__).with_name("portfolio.typ")


def pdf(page: Page, stands: Mapping[str, Standing], language: str, full: Address) -> bytes:
    """What the page shows, in a language. The same bytes each time, until something on it changes."""
    with override(language):
        return typeset(contents(page, stands, language, full))


def typeset(said: Mapping[str, Any]) -> bytes:
    """The document: PDF/UA-1, or without that promise where a name has characters that no font here has."""
    told = {"said": json.dumps(said)}
    try:
        return typst.compile(
            TEMPLATE, font_paths=fonts(), ignore_system_fonts=True, sys_inputs=told, pdf_standards="ua-1"
        )
    except typst.TypstError:
        return typst.compile(TEMPLATE, font_paths=fonts(), ignore_system_fonts=True, sys_inputs=told)


@cache
def fonts() -> typst.Fonts:
    """Noto Sans JP and Noto Serif JP, and no font of this machine, so that every machine sets the same pages."""
    return typst.Fonts(include_system_fonts=False, font_paths=[pylopdf_fonts_jp.sans_path().parent])


def contents(page: Page, stands: Mapping[str, Standing], language: str, full: Address) -> dict[str, Any]:
    """Everything that the document says, in the language that is active."""
    claims = Claim.objects.of(page.owner).shown()
    last = max((claim.facts.measured_on for claim in claims), default=None)
    return {
        "language": language,
        "title": f"{page.name} – Karui",
        "name": page.name,
        "date": last and (last.year, last.month, last.day),
        "lead": _(
            "Compressed models and kernels, measured or counted by Karui."
            " Every figure is rounded against whoever shows it here."
        ),
        "addresses": addresses(page, full) if page.is_public else [],
        "private": _(
            "The page behind this document is private. Ask its owner for a link to check these results there."
        ),
        "results": _("Results"),
        "nothing": _("Nothing is shown here yet."),
        "claims": [told(claim, language) for claim in claims],
        "skills": levels(stands, language) if stands else None,
    }


def addresses(page: Page, full: Address) -> list[tuple[str, str]]:
    """Where a reader can check it."""
    return [
        (_("These results as they stand today"), full(page.get_absolute_url())),
        (_("The reports behind these results (JSON)"), full(reverse("portfolio:evidence", args=[page.address]))),
    ]


def told(claim: Claim, language: str) -> dict[str, Any]:
    """One claim."""
    facts, entry = claim.facts, claim.submission
    version = _("version %(version)s") % {"version": entry.version}
    return {
        "title": claim.title(language),
        "gold": _("Gold") if entry.gold else None,
        "figures": [{"value": figure.value, "name": figure.name} for figure in figures(facts, wording()[language])],
        "sentence": claim.sentence(Register.RESUME, language),
        "facts": [
            (_("Challenge"), f"{entry.challenge} {version}"),
            (_("Points"), f"{facts.points} ({facts.formula})"),
            *environment(facts),
            ("SHA-256", entry.sha256),
        ],
    }


def environment(facts: ModelFacts | KernelFacts) -> list[tuple[str, str]]:
    """What timed it, or counted it, and when."""
    date = f"{facts.measured_on:%Y-%m-%d}"
    if isinstance(facts, KernelFacts):
        return [(_("Tools"), facts.tools), (_("Graded on"), date)]
    return [("CPU", facts.cpu), (_("Runtime"), facts.runtime), (_("Measured on"), date)]


def levels(stands: Mapping[str, Standing], language: str) -> dict[str, Any]:
    """The radar and its table."""
    radar = Radar.of(skill_map(), stands)
    axes = [{"name": axis.tier.name[language], "x": axis.x, "y": axis.y, "anchor": axis.anchor} for axis in radar.axes]
    drawing = {"axes": axes, "area": radar.area, "rings": radar.rings, "width": radar.width, "height": radar.height}
    return {
        "heading": _("Skills"),
        "words": _("For each part of the skill map, how many of its levels are reached. The table has the figures."),
        "radar": drawing,
        "head": [_("Skill"), _("Level"), _("By")],
        "rows": [
            (skill_map()[skill].name[language], f"{standing.level}/3", str(standing.kind.label))
            for skill, standing in stands.items()
        ],
    }
