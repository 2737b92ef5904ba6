"""From where one stands to where one wants to be: gaps, and the order in which to close them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from career.models import Goal
from career.targets import Domain, Seniority, targets
from challenges.tables import Bilingual
from skills.map import TOP_LEVEL, Skill, Tier, skill_map
from skills.materials import Material, Sort, materials_for
from skills.standing import Standing


@dataclass(frozen=True, slots=True)
class Requirement:
    """One skill that the goal asks for, beside what there is."""

    skill: Skill
    wanted: int
    standing: Standing | None

    @property
    def level(self) -> int:
        """Where the reader stands."""
        return self.standing.level if self.standing else 0

    @property
    def missing(self) -> int:
        """How many levels are still to go."""
        return max(0, self.wanted - self.level)

    @property
    def next_level(self) -> Bilingual:
        """What one can do a level higher."""
        return self.skill.levels[min(self.level, TOP_LEVEL - 1)]

    @property
    def is_met(self) -> bool:
        """True if nothing is missing."""
        return self.level >= self.wanted

    @property
    def is_only_said(self) -> bool:
        """True if the level is there, but nothing that was measured reaches it, though a challenge could."""
        return self.is_met and not (self.standing and self.standing.is_measured) and Sort.CHALLENGE in self.materials

    @property
    def materials(self) -> Mapping[Sort, Sequence[Material]]:
        """Where it is learned and shown."""
        return materials_for(self.skill)


@dataclass(frozen=True, slots=True)
class Plan:
    """A goal against a reader: every requirement in the order in which one would learn them."""

    seniority: Seniority
    domain: Domain
    requirements: Sequence[Requirement]

    @classmethod
    def of(cls, goal: Goal, standings: Mapping[str, Standing]) -> "Plan":
        """Compare what a role asks for with where somebody stands. Raises KeyError if it is not offered."""
        offered = targets()
        required = offered.required(goal.seniority, goal.domain)
        return cls(
            seniority=offered.seniorities[goal.seniority],
            domain=offered.domains[goal.domain],
            requirements=[
                Requirement(skill, required[skill.id], standings.get(skill.id))
                for skill in skill_map().in_learning_order(required)
            ],
        )

    @property
    def gaps(self) -> Sequence[Requirement]:
        """What is missing, prerequisites first."""
        return [one for one in self.requirements if not one.is_met]

    @property
    def to_show(self) -> Sequence[Requirement]:
        """What is there by word only, and could be measured."""
        return [one for one in self.requirements if one.is_only_said]

    @property
    def levels_wanted(self) -> int:
        """How many levels the goal asks for in all."""
        return sum(one.wanted for one in self.requirements)

    @property
    def levels_reached(self) -> int:
        """How many of them are there. What lies above a wanted level does not count."""
        return sum(min(one.level, one.wanted) for one in self.requirements)

    @property
    def fraction(self) -> float:
        """How far the reader has come, 0 to 1."""
        return self.levels_reached / self.levels_wanted if self.levels_wanted else 1.0

    @property
    def skills_measured(self) -> int:
        """In how many skills the level rests on a measured submission."""
        return sum(1 for one in self.requirements if one.standing and one.standing.is_measured)

    def by_tier(self) -> Sequence[tuple[Tier, Sequence[Requirement]]]:
        """The requirements as the map groups them."""
        tiers = [(tier, [one for one in self.requirements if one.skill.tier == tier.id]) for tier in skill_map().tiers]
        return [(tier, members) for tier, members in tiers if members]
