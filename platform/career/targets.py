"""What roles ask for: targets.toml. A goal is a rung and a domain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table
from skills.map import TOP_LEVEL, skill_map

FILE = Path(__file__).parent / "targets.toml"


class Seniority(Table, frozen=True, kw_only=True):
    """A rung: the level that it needs in each skill; a skill that is not named is not needed."""

    id: str
    name: Bilingual
    summary: Bilingual
    levels: dict[str, int]


class Domain(Table, frozen=True, kw_only=True):
    """An industry: the skills of which it asks one level more."""

    id: str
    name: Bilingual
    summary: Bilingual
    stresses: tuple[str, ...]


class TargetsFile(Table, frozen=True, kw_only=True):
    """The whole of targets.toml."""

    seniority: tuple[Seniority, ...]
    domain: tuple[Domain, ...]


@dataclass(frozen=True, slots=True)
class Targets:
    """All rungs and domains by id."""

    seniorities: Mapping[str, Seniority]
    domains: Mapping[str, Domain]

    def required(self, seniority: str, domain: str) -> Mapping[str, int]:
        """The level needed in each skill. Raises KeyError for an unknown id."""
        levels = dict(self.seniorities[seniority].levels)
        for skill in self.domains[domain].stresses:
            levels[skill] = min(TOP_LEVEL, levels.get(skill, 0) + 1)
        return levels


@cache
def targets() -> Targets:
    """The targets. Raises Broken."""
    return read_targets()


def read_targets(path: Path = FILE) -> Targets:
    """Parse targets.toml. Raises Broken with file and line."""
    file = read_table(path, TargetsFile)
    for owner, skill, reason in mistakes(file):
        raise Broken(path, line_naming(path.read_text("utf-8"), f'id = "{owner}"', skill), f"{owner}: {reason}")
    return Targets({one.id: one for one in file.seniority}, {one.id: one for one in file.domain})


def mistakes(file: TargetsFile) -> Iterable[tuple[str, str, str]]:
    """(table, the skill that is wrong, why)."""
    for rung in file.seniority:
        for skill, level in rung.levels.items():
            if skill not in skill_map().skills:
                yield rung.id, skill, f"no skill is called {skill!r}"
            if not 1 <= level <= TOP_LEVEL:
                yield rung.id, skill, f"{skill} asks for level {level}, but levels go from 1 to {TOP_LEVEL}"
    for domain in file.domain:
        for skill in domain.stresses:
            if skill not in skill_map().skills:
                yield domain.id, skill, f"no skill is called {skill!r}"
