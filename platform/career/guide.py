"""The guide: guide.toml says which chapters there are, content/<language>/<id>.md what they say. Parsed once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils import translation

from career.devices import device_figures
from career.salary import salary_figures
from career.sources import Source, sources
from career.worked import worked_figures
from challenges.registry import everything
from challenges.spec import BRIEFS
from challenges.tables import Table
from content.broken import Broken, line_naming
from content.markdown import Document, Surroundings, heading_ids, read_document
from content.tables import read_table
from skills.map import Skill, skill_map

FOLDER = Path(__file__).parent
FILE = FOLDER / "guide.toml"
LANGUAGES = tuple(BRIEFS)
LETTERS_A_MINUTE = {"ja": 500, "en": 1100}  # usual reading speeds: 500 characters of Japanese, 200 words of English
PAGES = {
    "guide": "career:guide",
    "salary": "career:salary",
    "inventory": "career:inventory",
    "roadmap": "career:roadmap",
    "skills": "skills:index",
    "challenges": "catalog:challenges",
    "interviews": "interviews:hub",
}


class ChapterTable(Table, frozen=True, kw_only=True):
    """One chapter: its id, and the skills that it teaches."""

    id: str
    skills: tuple[str, ...]
    formerly: tuple[str, ...] = ()


class GuideFile(Table, frozen=True, kw_only=True):
    """The whole of guide.toml."""

    chapter: tuple[ChapterTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One chapter in all languages."""

    id: str
    number: int
    skills: Sequence[Skill]
    texts: Mapping[str, Document]

    def get_absolute_url(self) -> str:
        """Where it is read."""
        return reverse("career:chapter", args=[self.id])

    @property
    def text(self) -> Document:
        """It, in the reader's language."""
        return self.texts[translation.get_language() or "en"]

    @property
    def minutes(self) -> int:
        """How long it takes to read, at least one."""
        language = translation.get_language() or "en"
        letters = sum(len(section.text) for section in self.texts[language].sections)
        return max(1, round(letters / LETTERS_A_MINUTE[language]))

    @property
    def sources(self) -> Sequence[Source]:
        """What it refers to, in the order of the numbers."""
        return [sources()[source] for source in self.text.sources]


@dataclass(frozen=True, slots=True)
class Guide:
    """All chapters in order, and by the ids that they once had."""

    chapters: Mapping[str, Chapter]
    renamed: Mapping[str, str]

    def current_id(self, chapter_id: str) -> str:
        """The id that a chapter has today. Raises KeyError if there never was one."""
        found = self.renamed.get(chapter_id, chapter_id)
        return self.chapters[found].id

    def around(self, chapter: Chapter) -> tuple[Chapter | None, Chapter | None]:
        """The one before and the one after."""
        row = [None, *self.chapters.values(), None]
        return row[chapter.number - 1], row[chapter.number + 1]

    def about(self, skill: Skill) -> Sequence[Chapter]:
        """The chapters that teach a skill."""
        return [chapter for chapter in self.chapters.values() if skill in chapter.skills]


@cache
def guide() -> Guide:
    """The whole guide. Raises Broken."""
    outline = read_outline()
    chapters = {table.id: read_chapter(number, table) for number, table in enumerate(outline, 1)}
    return Guide(chapters, {old: table.id for table in outline for old in table.formerly})


def read_outline(path: Path = FILE) -> Sequence[ChapterTable]:
    """Parse guide.toml. Raises Broken with file and line."""
    chapters = read_table(path, GuideFile).chapter
    text = path.read_text("utf-8")
    for chapter in chapters:
        for skill in chapter.skills:
            if skill not in skill_map().skills:
                line = line_naming(text, f'id = "{chapter.id}"', f'"{skill}"')
                raise Broken(path, line, f"no skill is called {skill!r}")
    return chapters


def read_chapter(number: int, table: ChapterTable) -> Chapter:
    """Render one chapter in all languages. Raises Broken, also where languages do not have the same headings."""
    texts = {language: read_text(table.id, language) for language in LANGUAGES}
    headings = {language: heading_ids(path_of(table.id, language)) for language in LANGUAGES}
    for language in LANGUAGES:
        if headings[language] != headings["ja"]:
            raise Broken(path_of(table.id, language), 1, f"other headings than ja: {headings[language]}")
    skills = [skill_map()[skill] for skill in table.skills]
    return Chapter(id=table.id, number=number, skills=skills, texts=texts)


def read_text(chapter_id: str, language: str) -> Document:
    """Render one file. Raises Broken."""
    path = path_of(chapter_id, language)
    if not path.exists():
        raise Broken(path, 1, "the file is missing")
    with translation.override(language):
        return read_document(path, language, surroundings(language))


def path_of(chapter_id: str, language: str) -> Path:
    """Where a chapter's words lie."""
    return FOLDER / "content" / language / f"{chapter_id}.md"


@cache
def surroundings(language: str) -> Surroundings:
    """What chapters may refer to."""
    return Surroundings(
        links=address,
        figures={**worked_figures(), **salary_figures(language), **device_figures(language)},
        sources=sources(),
        drawings=FOLDER / "diagrams",
    )


def address(target: str) -> str:
    """`chapter:pruning#threshold`, `skill:arm`, `challenge:int8_fashion` or `page:salary` -> where it is.

    Raises KeyError if there is no such thing.
    """
    kind, _, name = target.partition(":")
    name, _, heading = name.partition("#")
    page = ADDRESSES[kind](name)
    if heading and (kind != "chapter" or heading not in heading_ids(path_of(name, "ja"))):
        raise KeyError(target)
    return f"{page}#{heading}" if heading else page


def chapter_address(name: str) -> str:
    """Raises KeyError."""
    if name not in {chapter.id for chapter in read_outline()}:
        raise KeyError(name)
    return reverse("career:chapter", args=[name])


def skill_address(name: str) -> str:
    """Raises KeyError."""
    return reverse("skills:detail", args=[skill_map().skills[name].id])


def challenge_address(name: str) -> str:
    """Raises KeyError."""
    return reverse("catalog:challenge", args=[everything()[name].id])


def page_address(name: str) -> str:
    """Raises KeyError."""
    return reverse(PAGES[name])


ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "chapter": chapter_address,
    "skill": skill_address,
    "challenge": challenge_address,
    "page": page_address,
}
