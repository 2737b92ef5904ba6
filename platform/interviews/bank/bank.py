"""The question bank, read once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.translation import get_language, override

from career.guide import LANGUAGES, address, guide
from challenges.registry import catalogue
from challenges.tables import Bilingual
from content.broken import Broken, line_naming
from content.search import Entry, Index
from interviews.bank.rendering import QuestionText, render
from interviews.bank.tables import Kind, Level, QuestionTable, files, read_file
from skills.map import Skill, skill_map


@dataclass(frozen=True, slots=True)
class Reading:
    """A place of the site that goes deeper."""

    title: Bilingual
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in all languages. ids: what it is and was called."""

    id: str
    ids: Sequence[str]
    level: Level
    kind: Kind
    skills: Sequence[Skill]
    minutes: int
    read: Sequence[Reading]
    texts: Mapping[str, QuestionText]

    def __str__(self) -> str:
        return self.text.title

    @property
    def text(self) -> QuestionText:
        """It, in the reader's language."""
        return self.texts[get_language() or "en"]

    def get_absolute_url(self) -> str:
        """Where it is read."""
        return reverse("interviews:question", args=[self.id])


@dataclass(frozen=True, slots=True)
class Bank:
    """All questions in the order of the skill map, and by the ids that they once had."""

    questions: Mapping[str, Question]
    renamed: Mapping[str, str]

    def __contains__(self, question_id: object) -> bool:
        return question_id in self.questions or question_id in self.renamed

    def __getitem__(self, question_id: str) -> Question:
        """Raises KeyError if there never was such a question."""
        return self.questions[self.renamed.get(question_id, question_id)]

    def get(self, question_id: str) -> Question | None:
        """A question. None if there never was one, or if it is gone."""
        return self.questions.get(self.renamed.get(question_id, question_id))

    def about(self, skill: Skill) -> Sequence[Question]:
        """The questions in which a skill is asked for."""
        return [question for question in self.questions.values() if skill in question.skills]

    def matching(
        self,
        *,
        skill: str = "",
        level: int | None = None,
        kind: str = "",
        query: str = "",
        among: Collection[str] | None = None,
    ) -> Sequence[Question]:
        """The questions that a reader looks for; what is not given matches all.

        Those that are about the skill above all come first; a query orders by relevance.
        """
        found = self.search(query) if query else self.questions.values()
        matching = [
            question
            for question in found
            if (not skill or skill in {one.id for one in question.skills})
            and (level is None or question.level == level)
            and (not kind or question.kind == kind)
            and (among is None or question.id in among)
        ]
        return sorted(matching, key=lambda question: bool(skill) and question.skills[0].id != skill)

    def search(self, query: str) -> Sequence[Question]:
        """The questions in which all words of a query occur, best first, in the reader's language."""
        by_address = {question.get_absolute_url(): question for question in self.questions.values()}
        hits = index(get_language() or "en").search(query, most=len(by_address))
        return [by_address[hit.entry.address] for hit in hits]


@cache
def bank() -> Bank:
    """All questions. Raises Broken."""
    tables = [(path, table) for path in files() for table in read_file(path)]
    refuse_double_ids(tables)
    questions = {table.id: read_question(path, table) for path, table in tables}
    return Bank(questions, {old: table.id for _, table in tables for old in table.formerly})


def refuse_double_ids(tables: Iterable[tuple[Path, QuestionTable]]) -> None:
    """Raises Broken at the second question that has an id of another one, or had it once."""
    seen: dict[str, Path] = {}
    for path, table in tables:
        name = f'id = "{table.id}"'
        for one in (table.id, *table.formerly):
            if one in seen:
                twice = one == table.id and seen[one] == path
                line = line_naming(path.read_text("utf-8"), *([name, name] if twice else [name, f'"{one}"']))
                raise Broken(path, line, f"the id {one!r} is given twice")
            seen[one] = path


def read_question(path: Path, table: QuestionTable) -> Question:
    """Render one question in all languages. Raises Broken."""
    texts = {}
    for language in LANGUAGES:
        with override(language):
            texts[language] = render(path, table, language)
    return Question(
        id=table.id,
        ids=[table.id, *table.formerly],
        level=table.level,
        kind=table.kind,
        skills=[skill_map()[skill] for skill in table.skills],
        minutes=table.minutes,
        read=[reading(path, table, target) for target in table.read],
        texts=texts,
    )


def reading(path: Path, table: QuestionTable, target: str) -> Reading:
    """A place that a question names. Raises Broken."""
    try:
        return Reading(Bilingual(**{language: titled(target, language) for language in LANGUAGES}), address(target))
    except KeyError as unknown:
        line = line_naming(path.read_text("utf-8"), f'id = "{table.id}"', f'"{target}"')
        raise Broken(path, line, f"{table.id}: {target!r} leads nowhere: {unknown}") from None


def titled(target: str, language: str) -> str:
    """The title of a chapter or of one of its sections, of a skill or of a challenge. Raises KeyError."""
    kind, _, name = target.partition(":")
    name, _, heading = name.partition("#")
    if kind == "skill":
        return skill_map().skills[name].name[language]
    if kind == "challenge":
        return catalogue()[name].title[language]
    sections = {section.id: section.title for section in guide().chapters[name].texts[language].sections}
    return sections[heading]


@cache
def index(language: str) -> Index:
    """The questions of one language, searchable."""
    return Index(entries(language))


def entries(language: str) -> Sequence[Entry]:
    """Each question, for a search."""
    return [
        Entry(
            title=question.texts[language].title,
            within="",
            address=question.get_absolute_url(),
            text=question.texts[language].plain,
        )
        for question in bank().questions.values()
    ]
