"""The next step towards a role: within reach, measured before practised, and what brings the most before the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from career.roadmap import Plan, Requirement
from portfolio.journey.offers import Offer
from skills.map import Skill, skill_map
from skills.models import Kind
from skills.standing import Standing

MOST = 3
HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class Lift:
    """What an offer would do for one skill of the role. `place`: where that stands in the order of learning."""

    place: int
    skill: Skill
    before: int
    after: int
    wanted: int

    @property
    def levels(self) -> int:
        """How many of the levels that the role asks for it adds."""
        return min(self.after, self.wanted) - self.before


@dataclass(frozen=True, slots=True)
class Step:
    """An offer, and what it would do, prerequisites first."""

    offer: Offer
    lifts: Sequence[Lift]

    @property
    def levels(self) -> int:
        """What it adds in all."""
        return sum(lift.levels for lift in self.lifts)

    @property
    def rank(self) -> tuple[bool, float, int, str]:
        """The best is the least. Challenges come first, those before the rest that add most for the time they take."""
        hours = (self.offer.minutes or HOUR_MIN) / HOUR_MIN
        return not self.offer.measures, -self.levels / hours, self.lifts[0].place, self.offer.address


def next_steps(plan: Plan, stands: Mapping[str, Standing], offers: Iterable[Offer]) -> Sequence[Step]:
    """The best step, and others to choose from instead: first the best of each other kind. None if none adds a level.

    stands: where the reader stands, also in skills that the role does not ask for but an offer may build on.
    """
    steps = (step_of(offer, plan.requirements) for offer in offers if is_within_reach(offer, stands))
    ranked = sorted((step for step in steps if step.lifts), key=lambda one: one.rank)
    best_of_kind: dict[str, Step] = {}
    for step in ranked:
        best_of_kind.setdefault(step.offer.name, step)
    return sorted(ranked, key=lambda one: one is not best_of_kind[one.offer.name])[:MOST]


def step_of(offer: Offer, requirements: Sequence[Requirement]) -> Step:
    """What an offer adds to what counts, or to what is measured if it measures."""
    lifts = (
        Lift(
            place=place,
            skill=one.skill,
            before=level_measured(one) if offer.measures else one.level,
            after=offer.shows[one.skill.id],
            wanted=one.wanted,
        )
        for place, one in enumerate(requirements)
        if one.skill.id in offer.shows
    )
    return Step(offer, [lift for lift in lifts if lift.levels > 0])


def level_measured(one: Requirement) -> int:
    """The level that graded submissions show, whatever else there is."""
    rows = one.standing.evidence if one.standing else []
    return max((row.level for row in rows if row.kind == Kind.MEASURED), default=0)


def is_within_reach(offer: Offer, stands: Mapping[str, Standing]) -> bool:
    """Whether one can begin with it today: what its skills build on is part of it, or at level 1 at least."""
    levels = {skill: standing.level for skill, standing in stands.items()}
    needs = {need for skill in offer.shows for need in skill_map()[skill].needs} - offer.shows.keys()
    begun = all(levels.get(skill, 0) >= offer.begins for skill in offer.shows)
    return begun and all(levels.get(need, 0) for need in needs)
