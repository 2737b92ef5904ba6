"""What a judged design shows: which parts are weak, what the budget says, and the level of evidence that it earns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from interviews.desk.budget import Limit
from interviews.desk.forms import BudgetForm
from interviews.desk.models import Design
from interviews.desk.scenarios import Scenario, Section, SectionTable
from interviews.evidence import record_practice
from interviews.grades import Grade, share
from skills.map import Skill, skill_map

LEAST_CHARACTERS = 40
"""A part counts as written from here on: a sentence, in either language."""
FAIR_SHARE, STRONG_SHARE = 0.5, 0.85
"""Of all strong: the mean of all fair; and all strong but two that are fair."""
MOST_WEAK, MOST_STEPS = 3, 5  # more than that is no advice
NOTHING, FIRST, SECOND = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """A design beside its scenario and the grades that its owner gave. `missed` is None if the budget is incomplete."""

    scenario: Scenario
    design: Design
    grades: Mapping[str, int]

    @property
    def unwritten(self) -> Sequence[Section]:
        """Parts with less than a sentence."""
        return [section for section in Section if len(self.design.texts[section].strip()) < LEAST_CHARACTERS]

    @property
    def missed(self) -> Sequence[Limit] | None:
        """What the budget violates."""
        inputs = BudgetForm(self.design.budget or None, self.scenario.start).inputs()
        return None if inputs is None else inputs.budget().violations(self.scenario.requirements)

    @property
    def share(self) -> float:
        """The mean grade, as a fraction of all strong."""
        return share(self.grades.values())

    @property
    def level(self) -> int:
        """1 from fair, 2 from strong on average, if all is written and the budget holds; never 3, as nobody checked."""
        if self.unwritten or self.missed or self.missed is None or self.share < FAIR_SHARE:
            return NOTHING
        return SECOND if self.share >= STRONG_SHARE else FIRST

    @property
    def weakest(self) -> Sequence[tuple[Section, SectionTable]]:
        """The first parts with the lowest grade, unless all are strong."""
        lowest = min(self.grades.values(), default=Grade.STRONG)
        if lowest == Grade.STRONG:
            return []
        return [(section, table) for section, table in self.scenario.sections() if self.grades[section] == lowest][
            :MOST_WEAK
        ]

    @property
    def to_learn(self) -> Sequence[Skill]:
        """The skills of the weakest parts, each once."""
        ids = dict.fromkeys(skill for _section, table in self.weakest for skill in table.skills)
        return [skill_map()[skill] for skill in ids][:MOST_STEPS]


def judge(owner: User, scenario: Scenario, design: Design, grades: Mapping[str, int]) -> None:
    """Keep the judgement, and what it shows of the scenario's skills as evidence."""
    level = Outcome(scenario, design, grades).level
    with transaction.atomic():
        design.judge(grades, level)
        record_practice(owner, dict.fromkeys(scenario.skills, level), scenario.evidence_source)
