"""What there is to know: skills.toml, parsed once into frozen values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table

FILE = Path(__file__).parent / "skills.toml"
TOP_LEVEL = 3


class Tier(Table, frozen=True, kw_only=True):
    """A layer of the map, from foundations to delivery."""

    id: str
    name: Bilingual


class Skill(Table, frozen=True, kw_only=True):
    """One skill. `levels` say what a person can do at level 1, 2 and 3; `needs` are the skills to have before."""

    id: str
    tier: str
    name: Bilingual
    summary: Bilingual
    practice: Bilingual
    needs: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    levels: tuple[Bilingual, Bilingual, Bilingual]


class MapFile(Table, frozen=True, kw_only=True):
    """The whole of skills.toml."""

    tier: tuple[Tier, ...]
    skill: tuple[Skill, ...]


@dataclass(frozen=True, slots=True)
class SkillMap:
    """All skills by id, in the order of the file, and by the ids that they once had."""

    tiers: Sequence[Tier]
    skills: Mapping[str, Skill]
    renamed: Mapping[str, str]

    def __contains__(self, skill_id: object) -> bool:
        return skill_id in self.skills or skill_id in self.renamed

    def __getitem__(self, skill_id: str) -> Skill:
        """Raises KeyError if there never was such a skill."""
        return self.skills[self.renamed.get(skill_id, skill_id)]

    def of_tier(self, tier: Tier) -> Sequence[Skill]:
        """The skills of one layer."""
        return [skill for skill in self.skills.values() if skill.tier == tier.id]

    def by_tier(self) -> Sequence[tuple[Tier, Sequence[Skill]]]:
        """Each layer with its skills."""
        return [(tier, self.of_tier(tier)) for tier in self.tiers]

    def leading_to(self, skill: Skill) -> Sequence[Skill]:
        """What to know before."""
        return [self[need] for need in skill.needs]

    def opened_by(self, skill: Skill) -> Sequence[Skill]:
        """What can be learned next."""
        return [other for other in self.skills.values() if skill.id in other.needs]

    def in_learning_order(self, skill_ids: Iterable[str]) -> Sequence[Skill]:
        """These skills, prerequisites first."""
        wanted = set(skill_ids)
        return [skill for skill in self.ordered() if skill.id in wanted]

    def ordered(self) -> Sequence[Skill]:
        """All skills, none before its prerequisites; always the same."""
        sorter = TopologicalSorter({skill.id: skill.needs for skill in self.skills.values()})
        return [self.skills[skill_id] for skill_id in sorter.static_order()]


@cache
def skill_map() -> SkillMap:
    """The map. Raises Broken."""
    return read_map()


def read_map(path: Path = FILE) -> SkillMap:
    """Parse skills.toml. Raises Broken with file and line for whatever names something that is not there."""
    file = read_table(path, MapFile)
    skills = {skill.id: skill for skill in file.skill}
    renamed = {old: skill.id for skill in file.skill for old in skill.formerly}
    found = SkillMap(file.tier, skills, renamed)
    text = path.read_text("utf-8")
    for skill_id, word, reason in mistakes(file, found):
        raise Broken(path, line_naming(text, f'id = "{skill_id}"', word), f"{skill_id}: {reason}")
    return found


def mistakes(file: MapFile, found: SkillMap) -> Iterable[tuple[str, str, str]]:
    """(skill, the word that is wrong, why)."""
    tiers = {tier.id for tier in file.tier}
    for position, skill in enumerate(file.skill):
        if skill.id in {other.id for other in file.skill[:position]}:
            yield skill.id, skill.id, "the id is given twice"
        if skill.tier not in tiers:
            yield skill.id, f'"{skill.tier}"', f"no tier is called {skill.tier!r}"
        for need in skill.needs:
            if need not in found.skills:
                yield skill.id, f'"{need}"', f"no skill is called {need!r}"
    try:
        found.ordered()
    except CycleError as cycle:
        yield cycle.args[1][0], "needs", f"the prerequisites form a circle: {' -> '.join(cycle.args[1])}"
