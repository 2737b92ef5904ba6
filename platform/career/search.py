"""Search over guide, skill map, challenges, and what apps above add to them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from django.urls import reverse

from career.guide import guide
from challenges.registry import everything
from content.search import Entry, Hit, Index
from skills.map import skill_map


def search(query: str, language: str) -> Sequence[Hit]:
    """The best places for a query, best first."""
    return index(language).search(query)


@cache
def index(language: str) -> Index:
    """Everything that can be found in a language, built at the first search."""
    return Index(entry for place in PLACES for entry in place(language))


def chapters(language: str) -> Iterator[Entry]:
    """Each section of the guide."""
    for chapter in guide().chapters.values():
        document = chapter.texts[language]
        for section in document.sections:
            yield Entry(
                title=section.title,
                within=document.title if section.id else "",
                address=chapter.get_absolute_url() + (f"#{section.id}" if section.id else ""),
                text=section.text,
            )


def skills(language: str) -> Iterator[Entry]:
    """Each skill with what its levels mean."""
    for skill in skill_map().skills.values():
        words = [skill.summary, skill.practice, *skill.levels]
        yield Entry(
            title=skill.name[language],
            within="",
            address=reverse("skills:detail", args=[skill.id]),
            text=" ".join(text[language] for text in words),
        )


def challenges(language: str) -> Iterator[Entry]:
    """Each challenge."""
    for spec in everything().values():
        yield Entry(
            title=spec.title[language],
            within="",
            address=reverse("catalog:challenge", args=[spec.id]),
            text=f"{spec.summary[language]} {spec.brief(language)}",
        )


PLACES: list[Callable[[str], Iterable[Entry]]] = [chapters, skills, challenges]
"""Where entries come from. Apps above this one add theirs in their ready()."""
