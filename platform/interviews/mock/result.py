"""What an interview showed: answers beside what was asked, skills, and what to do next."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from interviews.bank.bank import Question
from interviews.bank.rendering import FollowUp
from interviews.grades import Grade, level_shown, share
from interviews.mock.models import Mock, Step
from skills.map import Skill
from skills.materials import Material, Sort, materials_for

WEAK_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class Answered:
    """A step of an interview with what was asked in it."""

    step: Step
    question: Question

    @property
    def follow_up(self) -> FollowUp | None:
        """What was asked, if it was a follow-up."""
        return None if self.step.follow_up is None else self.question.text.follow_ups[self.step.follow_up]

    @property
    def rubric(self) -> Sequence[tuple[Grade, str]]:
        """What tells answers apart; a follow-up has only its reply."""
        return self.question.text.rubric if self.step.follow_up is None else []


def answered(mock: Mock) -> Sequence[Answered]:
    """All that was asked and still is in the bank."""
    steps = [(step, step.asked) for step in mock.steps.all()]
    return [Answered(step, question) for step, question in steps if question]


@dataclass(frozen=True, slots=True)
class SkillResult:
    """One skill: the share of all strong that the answers about it reached, 0 to 1."""

    skill: Skill
    share: float

    @property
    def is_weak(self) -> bool:
        """True if the answers were below fair on average."""
        return self.share < WEAK_BELOW

    @property
    def materials(self) -> Mapping[Sort, Sequence[Material]]:
        """Where it is learned and shown."""
        return materials_for(self.skill)


@dataclass(frozen=True, slots=True)
class Result:
    """A judged interview."""

    answered: Sequence[Answered]

    @classmethod
    def of(cls, mock: Mock) -> "Result":
        """Read it."""
        return cls(answered(mock))

    @property
    def share(self) -> float:
        """All answers together, 0 to 1."""
        return share(one.step.grade or Grade.WEAK for one in self.answered)

    @property
    def by_skill(self) -> Sequence[SkillResult]:
        """Every skill that a question was about, the weakest first."""
        grades: dict[str, list[int]] = defaultdict(list)
        skills = {skill.id: skill for one in self.answered for skill in one.question.skills}
        for one in self.answered:
            for skill in one.question.skills:
                grades[skill.id].append(one.step.grade or Grade.WEAK)
        found = [SkillResult(skill, share(grades[skill.id])) for skill in skills.values()]
        return sorted(found, key=lambda result: result.share)

    @property
    def weak(self) -> Sequence[SkillResult]:
        """Where to go on."""
        return [result for result in self.by_skill if result.is_weak]

    @property
    def levels(self) -> Mapping[str, int]:
        """The level that each skill showed: the best of the questions whose first skill it is, follow-up included."""
        grades: dict[str, list[int]] = defaultdict(list)
        questions = {one.question.id: one.question for one in self.answered}
        for one in self.answered:
            grades[one.question.id].append(one.step.grade or Grade.WEAK)
        shown: dict[str, int] = defaultdict(int)
        for question in questions.values():
            level = level_shown(question.level, int(fmean(grades[question.id])))
            shown[question.skills[0].id] = max(shown[question.skills[0].id], level)
        return shown
