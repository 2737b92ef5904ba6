"""What practice there is for a skill, for the skill map, and what can be found of it, for the search."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from content.search import Entry
from interviews.bank.bank import bank
from interviews.bank.bank import entries as questions
from interviews.desk.scenarios import scenarios
from interviews.drills.book import book
from skills.map import Skill
from skills.materials import Material


def questions_about(skill: Skill) -> Iterator[Material]:
    """One link to all of them."""
    if asked := bank().about(skill):
        title = _("All about it (%(count)s)") % {"count": len(asked)}
        yield Material(title, f"{reverse('interviews:questions')}?skill={skill.id}")


def drills_about(skill: Skill) -> Iterator[Material]:
    """Each drill that shows it."""
    for drill in book().about(skill):
        yield Material(drill.table.title[get_language() or "en"], drill.get_absolute_url())


def designs_about(skill: Skill) -> Iterator[Material]:
    """Each design task that practises it."""
    for scenario in scenarios().values():
        if skill in scenario.practised():
            yield Material(scenario.title[get_language() or "en"], scenario.get_absolute_url())


def practice(language: str) -> Iterator[Entry]:
    """Everything that can be found."""
    yield from questions(language)
    for drill in book().drills.values():
        title, summary = drill.table.title[language], drill.table.summary[language]
        yield Entry(title=title, within="", address=drill.get_absolute_url(), text=summary)
    for scenario in scenarios().values():
        words = " ".join([scenario.summary[language], *(part[language] for part in scenario.story)])
        yield Entry(title=scenario.title[language], within="", address=scenario.get_absolute_url(), text=words)
