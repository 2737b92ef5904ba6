"""What questions/<skill>.toml says, as it is written there."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table
from interviews.grades import Rubric
from skills.map import skill_map

FOLDER = Path(__file__).parent / "questions"


class Level(IntegerChoices):
    """The role that a question is asked for; the same steps as the levels of a skill."""

    JUNIOR = 1, _("Junior")
    MID = 2, _("Mid-level")
    SENIOR = 3, _("Senior")


class Kind(TextChoices):
    """What a question tries."""

    CONCEPT = "concept", _("Concept")
    CALCULATION = "calculation", _("Calculation")
    DEBUGGING = "debugging", _("Debugging")
    TRADE_OFF = "trade-off", _("Trade-off")
    SYSTEM_DESIGN = "system-design", _("System design")
    BEHAVIOURAL = "behavioural", _("Experience")


class FollowUpTable(Table, frozen=True, kw_only=True):
    """What the interviewer asks next, and the core of a good reply."""

    ask: Bilingual
    answer: Bilingual


class QuestionTable(Table, frozen=True, kw_only=True):
    """One question. theory and project together are the model answer; gist is its core in a few sentences.

    skills: the one that it is about first. read: places of the site, `chapter:pruning#threshold`. minutes: to answer.
    """

    id: str
    level: Level
    kind: Kind
    skills: tuple[str, ...]
    minutes: int
    read: tuple[str, ...]
    title: Bilingual
    ask: Bilingual
    gist: Bilingual
    theory: Bilingual
    project: Bilingual
    rubric: Rubric
    follow_ups: tuple[FollowUpTable, ...]
    mistakes: tuple[Bilingual, ...]
    formerly: tuple[str, ...] = ()


class QuestionsFile(Table, frozen=True, kw_only=True):
    """The whole of one file."""

    question: tuple[QuestionTable, ...]


def read_file(path: Path) -> Sequence[QuestionTable]:
    """Parse one file. Raises Broken with file and line, also for a skill that the map does not have."""
    questions = read_table(path, QuestionsFile).question
    for question, word, reason in mistakes(path, questions):
        raise Broken(path, line_naming(path.read_text("utf-8"), f'id = "{question.id}"', word), reason)
    return questions


def mistakes(path: Path, questions: Sequence[QuestionTable]) -> Iterator[tuple[QuestionTable, str, str]]:
    """(question, the word that is wrong, why)."""
    for question in questions:
        if question.skills[:1] != (path.stem,):
            yield question, "skills", f"{question.id}: the first skill is that of the file, {path.stem!r}"
        for skill in question.skills:
            if skill not in skill_map().skills:
                yield question, f'"{skill}"', f"{question.id}: no skill is called {skill!r}"
        if not question.follow_ups:
            yield question, "follow_ups", f"{question.id}: an interview asks the first follow-up, and there is none"


def files() -> Sequence[Path]:
    """The files in the order of the skill map; one that belongs to no skill comes last."""
    order = list(skill_map().skills)
    return sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem not in order, order.index(path.stem)))
