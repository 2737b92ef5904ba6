"""The drills: drills.toml for their words, generators/ for their figures, held together and read once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from career.guide import surroundings
from career.sources import Source, sources
from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.markdown import FIGURE, Linker, read_passage
from content.tables import read_table
from interviews.drills.generators import GENERATORS
from interviews.drills.problem import Choice, Problem, draw
from skills.map import TOP_LEVEL, Skill, Tier, skill_map

FILE = Path(__file__).parent / "drills.toml"
SEEDS = 1_000_000
TRIED = 20  # problems of each drill that a check draws


class AskedTable(Table, frozen=True, kw_only=True):
    """One value that is asked for: what each wrong method gives away, or the options of a choice."""

    label: Bilingual
    wrong: dict[str, Bilingual] = {}
    options: dict[str, Bilingual] = {}


class DrillTable(Table, frozen=True, kw_only=True):
    """The words of one drill. `skills` and `level`: what it shows once it is mastered, the first skill above all."""

    id: str
    skills: tuple[str, ...]
    level: int
    title: Bilingual
    summary: Bilingual
    statement: Bilingual
    steps: tuple[Bilingual, ...]
    asked: dict[str, AskedTable]
    sources: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()


class DrillsFile(Table, frozen=True, kw_only=True):
    """The whole of drills.toml."""

    drill: tuple[DrillTable, ...]


@dataclass(frozen=True, slots=True)
class Drill:
    """A kind of problem."""

    table: DrillTable

    @property
    def id(self) -> str:
        """By which its address, its generator and people's attempts name it."""
        return self.table.id

    @property
    def source(self) -> str:
        """How evidence refers to it."""
        return f"interviews/drills/{self.id}"

    @property
    def skills(self) -> Sequence[Skill]:
        """What it shows, the first above all."""
        return [skill_map()[skill] for skill in self.table.skills]

    @property
    def sources(self) -> Sequence[Source]:
        """Where its formulas come from."""
        return [sources()[source] for source in self.table.sources]

    @property
    def ids(self) -> Sequence[str]:
        """What it is and was called."""
        return [self.id, *self.table.formerly]

    def get_absolute_url(self) -> str:
        """Where a fresh problem is drawn."""
        return reverse("interviews:drills_fresh", args=[self.id])

    def problem(self, seed: int) -> Problem:
        """The problem that a seed makes, always the same one."""
        return draw(GENERATORS[self.id], f"{self.id}/{seed}")

    def statement(self, problem: Problem) -> SafeString:
        """What is asked, in the reader's language."""
        return self.write(self.table.statement[language()], problem.given)

    def steps(self, problem: Problem) -> Sequence[SafeString]:
        """The way to the answers, with this problem's figures."""
        return [self.write(step[language()], problem.all_figures) for step in self.table.steps]

    def write(self, text: str, figures: Mapping[str, str]) -> SafeString:
        """Render a text with its figures. Raises Broken for a figure that the generator does not make."""
        line = line_of(self.id, text)
        for name in FIGURE.findall(text):
            if name not in figures:
                raise Broken(FILE, line, f"{self.id}: no figure is called {name!r}")
        filled = FIGURE.sub(lambda found: figures[found[1]], text)
        return read_passage(filled, Linker(FILE, surroundings(language()), first_line=line)).html


@cache
def line_of(drill_id: str, text: str) -> int:
    """Where a text of a drill begins in the file."""
    return line_naming(FILE.read_text("utf-8"), f'id = "{drill_id}"', text.strip().splitlines()[0])


def language() -> str:
    """The reader's."""
    return get_language() or "en"


@dataclass(frozen=True, slots=True)
class Book:
    """All drills by id, in the order of the file, and by the ids that they once had."""

    drills: Mapping[str, Drill]
    renamed: Mapping[str, str]

    def __getitem__(self, drill_id: str) -> Drill:
        """Raises KeyError if there never was such a drill."""
        return self.drills[self.renamed.get(drill_id, drill_id)]

    def about(self, skill: Skill) -> Sequence[Drill]:
        """The drills that show a skill."""
        return [drill for drill in self.drills.values() if skill in drill.skills]

    def by_tier(self) -> Sequence[tuple[Tier, Sequence[Drill]]]:
        """The drills by the layer of their first skill; layers without any are left out."""
        drills = self.drills.values()
        groups = [(tier, [one for one in drills if one.skills[0].tier == tier.id]) for tier in skill_map().tiers]
        return [(tier, found) for tier, found in groups if found]


@cache
def book() -> Book:
    """All drills. Raises Broken."""
    return read_book()


def read_book(path: Path = FILE) -> Book:
    """Parse drills.toml. Raises Broken with file and line for whatever is not there, or does not fit its generator."""
    tables = read_table(path, DrillsFile).drill
    for table, word, reason in mistakes(tables):
        raise Broken(path, line_naming(path.read_text("utf-8"), f'id = "{table.id}"', word), f"{table.id}: {reason}")
    if unwritten := GENERATORS.keys() - {table.id for table in tables}:
        raise Broken(path, 1, f"these generators have no words: {', '.join(sorted(unwritten))}")
    renamed = {old: table.id for table in tables for old in table.formerly}
    return Book({table.id: Drill(table) for table in tables}, renamed)


def mistakes(tables: Sequence[DrillTable]) -> Iterator[tuple[DrillTable, str, str]]:
    """(drill, the word that is wrong, why)."""
    for position, table in enumerate(tables):
        if table.id in {other.id for other in tables[:position]}:
            yield table, table.id, "the id is given twice"
        for skill in table.skills:
            if skill not in skill_map().skills:
                yield table, f'"{skill}"', f"no skill is called {skill!r}"
        for source in table.sources:
            if source not in sources():
                yield table, f'"{source}"', f"no source is called {source!r}"
        if not 1 <= table.level <= TOP_LEVEL:
            yield table, "level", f"levels go from 1 to {TOP_LEVEL}"
        if table.id not in GENERATORS:
            yield table, table.id, "no generator has this name"
        else:
            yield from misfits(table)


def misfits(table: DrillTable) -> Iterator[tuple[DrillTable, str, str]]:
    """Where the words of a drill and what its generator asks for differ."""
    problems = [draw(GENERATORS[table.id], f"check/{seed}") for seed in range(TRIED)]
    for name in table.asked.keys() ^ problems[0].asked.keys():
        yield table, f"asked.{name}", f"either the words or the generator do not know {name!r}"
    for name, words in table.asked.items():
        made: set[str] = set()
        for asked in (problem.asked[name] for problem in problems if name in problem.asked):
            made |= set(asked.options if isinstance(asked, Choice) else asked.wrong)
        for other in made ^ (words.options.keys() | words.wrong.keys()):
            yield table, f"asked.{name}.", f"{name}: either the words or the generator do not know {other!r}"
