"""Markdown, JSON Résumé and the evidence, each from what the page shows."""

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.html import escape

from portfolio.ageing.checks import Age, ages
from portfolio.claims.models import Claim
from portfolio.claims.text import Register
from portfolio.pages.models import Page
from skills.map import skill_map
from skills.standing import Standing

Address = Callable[[str], str]
"""From a path on this site to its full address."""
JSON_RESUME = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"


def readme(page: Page, language: str, full: Address) -> str:
    """Markdown with a card for each claim, light or dark as the reader's screen is."""
    parts = [f"## {escape(page.name)}", ""]
    for claim in Claim.objects.of(page.owner).shown():
        light, dark = (full(card_path(page, claim, scheme, language)) for scheme in ("light", "dark"))
        parts += [
            f'<a href="{full(page.get_absolute_url())}"><picture>',
            f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">',
            f'<img alt="{escape(claim.title(language))}" src="{light}" width="480" height="150">',
            "</picture></a>",
            "",
            f"- {claim.sentence(Register.README, language)}",
            "",
        ]
    return "\n".join(parts)


def card_path(page: Page, claim: Claim, scheme: str, language: str) -> str:
    """Where a card is."""
    return reverse("portfolio:card", args=[page.address, claim.pk, language, scheme])


def resume(page: Page, stands: Mapping[str, Standing], language: str, full: Address) -> dict[str, Any]:
    """As https://jsonresume.org describes it: a project for each claim, skills with their level."""
    claims = Claim.objects.of(page.owner).shown()
    return {
        "$schema": JSON_RESUME,
        "basics": {"name": page.name, "url": full(page.get_absolute_url())},
        "projects": [
            {
                "name": claim.title(language),
                "description": claim.sentence(Register.RESUME, language),
                "url": full(page.get_absolute_url()),
                "endDate": f"{claim.facts.measured_on:%Y-%m-%d}",
            }
            for claim in claims
        ],
        "skills": [
            {
                "name": skill_map()[skill].name[language],
                "level": f"{standing.level}/3",
                "keywords": [standing.kind.value],
            }
            for skill, standing in stands.items()
        ],
    }


def evidence(page: Page) -> dict[str, Any]:
    """The whole reports behind the claims, with raw samples and environment, and those that were made since."""
    return {
        "name": page.name,
        "claims": [
            {
                "challenge": claim.submission.challenge,
                "version": claim.submission.version,
                "sha256": claim.submission.sha256,
                "sentence": {language: claim.sentence(Register.README, language) for language in ("ja", "en")},
                "report": claim.submission.report,
                "age": age_as_data(age),
            }
            for claim, age in ages(Claim.objects.of(page.owner).shown())
        ],
    }


def age_as_data(age: Age) -> dict[str, Any]:
    """With what a claim was verified, and whether it held since, with the report that says so."""
    return {
        "verified_with": age.verified,
        "verified_at": age.at,
        "checks": [
            {
                "outcome": check.outcome.value,
                "with": check.versions,
                "at": check.at,
                "other_cpu": check.cpu or None,
                "shortfalls": check.shortfalls,
                "report": check.report,
            }
            for check in age.checks
        ],
    }
