"""What reviews say of a skill: a simple rule, that is told on the page and can also take a level back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from accounts.models import User
from interviews.bank.bank import Question, bank
from interviews.cards.models import Recalled, Review
from interviews.evidence import record_practice
from skills.map import TOP_LEVEL, Skill

SOURCE = "interviews/cards"
INTERVAL = timedelta(days=7)
ENOUGH = 3
"""Level L of a skill: at every level up to L so many of its cards, or all if there are fewer, hold."""


def note_practice(owner: User, question: Question) -> None:
    """Say again what reviews show of the skills of one question."""
    held = held_questions(owner)
    record_practice(owner, {skill.id: level_shown(skill, held) for skill in question.skills}, SOURCE)


def held_questions(owner: User) -> set[str]:
    """The questions that were recalled, at their last review, after an interval of at least seven days."""
    last = Review.objects.standing(owner).last_of_each_card().exclude(grade=Recalled.AGAIN).select_related("card")
    return {
        bank()[review.card.question].id
        for review in last
        if review.interval and review.interval >= INTERVAL and review.card.question in bank()
    }


def level_shown(skill: Skill, held: Iterable[str]) -> int:
    """The highest level whose cards hold, as do those of the levels below it. 0 if none does."""
    shown, known = 0, set(held)
    for level, questions in by_level(skill).items():
        if not questions:
            continue
        if sum(question.id in known for question in questions) < min(ENOUGH, len(questions)):
            break
        shown = level
    return shown


def by_level(skill: Skill) -> Mapping[int, Sequence[Question]]:
    """The questions about a skill at each level."""
    about = bank().about(skill)
    return {level: [one for one in about if one.level == level] for level in range(1, TOP_LEVEL + 1)}
