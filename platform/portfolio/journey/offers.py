"""What there is to do on the site, and the levels that it shows of whoever does it well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from challenges.registry import everything
from grader.report import Result
from interviews.bank.bank import bank
from interviews.desk.outcome import SECOND
from interviews.desk.scenarios import scenarios
from interviews.drills.book import book
from skills.map import skill_map
from submissions.evidence import LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing to do. name: what kind of thing. shows: the level in each skill. begins: the level to have before.

    minutes: None where nobody can say, as with practice that ends when it is understood.
    """

    name: str
    title: str
    address: str
    shows: Mapping[str, int]
    begins: int = 0
    minutes: int | None = None
    measures: bool = False


def offers() -> Iterator[Offer]:
    """All of it, in the reader's language."""
    yield from challenges()
    yield from drills()
    yield from designs()
    yield from questions()


def challenges() -> Iterator[Offer]:
    """To pass one is the only thing that measures a level."""
    for spec in everything().values():
        yield Offer(
            name=_("Challenge"),
            title=spec.title[get_language() or "en"],
            address=reverse("catalog:challenge", args=[spec.id]),
            shows=dict.fromkeys((skill_map()[skill].id for skill in spec.skills), LEVELS[Result.PASSED]),
            minutes=spec.minutes,
            measures=True,
        )


def drills() -> Iterator[Offer]:
    """Each is for those who are one level below."""
    for drill in book().drills.values():
        yield Offer(
            name=_("Drill"),
            title=drill.table.title[get_language() or "en"],
            address=drill.get_absolute_url(),
            shows=dict.fromkeys((skill.id for skill in drill.skills), drill.table.level),
            begins=drill.table.level - 1,
        )


def designs() -> Iterator[Offer]:
    """A design that its owner finds strong."""
    for scenario in scenarios().values():
        yield Offer(
            name=_("Design task"),
            title=scenario.title[get_language() or "en"],
            address=scenario.get_absolute_url(),
            shows=dict.fromkeys((skill.id for skill in scenario.practised()), SECOND),
        )


def questions() -> Iterator[Offer]:
    """The questions about a skill at each level: learned as cards or answered in an interview, they show it."""
    for skill in skill_map().skills.values():
        for level in sorted({question.level for question in bank().about(skill)}):
            yield Offer(
                name=_("Interview questions"),
                title=f"{skill.name[get_language() or 'en']} · {level.label}",
                address=f"{reverse('interviews:questions')}?skill={skill.id}&level={level}",
                shows={skill.id: level},
                begins=level - 1,
            )
