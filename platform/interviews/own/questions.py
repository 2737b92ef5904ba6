"""Which questions a report raises, and what they say with its figures in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from career.guide import address
from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table
from grader.report import Report
from interviews.bank.tables import Level
from interviews.grades import Grade, Rubric
from interviews.own.facts import FACTS, Facts
from skills.map import Skill, skill_map

FILE = Path(__file__).parent / "questions.toml"
NARROW = "\u00a0%"  # a line does not end between a figure and its sign


class OwnTable(Table, frozen=True, kw_only=True):
    """One question, with gaps for figures."""

    id: str
    level: Level
    skills: tuple[str, ...]
    read: str
    ask: Bilingual
    answer: Bilingual
    rubric: Rubric


class OwnFile(Table, frozen=True, kw_only=True):
    """The whole of questions.toml."""

    question: tuple[OwnTable, ...]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question on one report. Its texts are plain words: names in them come out of somebody's model."""

    table: OwnTable
    facts: Facts

    @property
    def id(self) -> str:
        """Its id in questions.toml."""
        return self.table.id

    @property
    def ask(self) -> str:
        """What is asked."""
        return self.fill(self.table.ask)

    @property
    def answer(self) -> str:
        """The answer, computed from the report."""
        return self.fill(self.table.answer)

    @property
    def rubric(self) -> Sequence[tuple[Grade, str]]:
        """What a weak, a fair and a strong answer contains."""
        return self.table.rubric.in_words

    @property
    def skills(self) -> Sequence[Skill]:
        """What it is about."""
        return [skill_map()[skill] for skill in self.table.skills]

    @property
    def read(self) -> str:
        """The address of the chapter that explains it."""
        return address(self.table.read)

    def fill(self, text: Bilingual) -> str:
        """A text with the report's figures."""
        return text[get_language() or "en"].format_map(self.facts).replace(" %", NARROW)


def questions_on(report: Report) -> Sequence[OwnQuestion]:
    """What this report gives to ask about. Nothing if it was not measured."""
    if report.measured is None:
        return []
    raised = [(table, FACTS[table.id](report.measured, report)) for table in tables().values()]
    return [OwnQuestion(table, facts) for table, facts in raised if facts is not None]


@cache
def tables() -> Mapping[str, OwnTable]:
    """All questions by id. Raises Broken."""
    return read_tables()


def read_tables(path: Path = FILE) -> Mapping[str, OwnTable]:
    """Parse questions.toml. Raises Broken for one that nothing computes, and for whatever leads nowhere."""
    found = {table.id: table for table in read_table(path, OwnFile).question}
    text = path.read_text("utf-8")
    for table in found.values():
        for skill in table.skills:
            if skill not in skill_map().skills:
                raise Broken(
                    path, line_naming(text, f'id = "{table.id}"', f'"{skill}"'), f"no skill is called {skill!r}"
                )
        if table.id not in FACTS:
            raise Broken(path, line_naming(text, f'id = "{table.id}"'), f"nothing computes {table.id!r}")
        try:
            address(table.read)
        except KeyError:
            line = line_naming(text, f'id = "{table.id}"', f'"{table.read}"')
            raise Broken(path, line, f"{table.read!r} leads nowhere") from None
    for name in FACTS.keys() - found.keys():
        raise Broken(path, 1, f"{name!r} is computed and never asked")
    return found
