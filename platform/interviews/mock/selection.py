"""Which questions an interview asks: as many as fit, spread over skills and kinds, new ones first."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from random import Random

from interviews.bank.bank import Question
from interviews.bank.tables import Level

FOLLOW_UP_S = 120
LEVELS = {
    Level.JUNIOR: (Level.JUNIOR, Level.MID),
    Level.MID: (Level.JUNIOR, Level.MID, Level.SENIOR),
    Level.SENIOR: (Level.MID, Level.SENIOR),
}
"""What a role is asked: its own level and those beside it, but nobody senior is asked what a junior must know."""


def seconds(question: Question) -> int:
    """What a question takes with its follow-up."""
    return 60 * question.minutes + FOLLOW_UP_S


def select(
    questions: Collection[Question],
    *,
    level: Level,
    skills: Collection[str],
    minutes: int,
    seen: Collection[str],
    random: Random,
) -> Sequence[Question]:
    """Choose for a role, about some skills (none given: all), as many as fit into `minutes`. May be empty.

    seen: the questions of earlier interviews, which come last.
    """
    offered = [one for one in questions if one.level in LEVELS[level] and (not skills or one.skills[0].id in skills)]
    random.shuffle(offered)
    return list(picked(offered, level, 60 * minutes, seen))


def picked(offered: list[Question], level: Level, left_s: int, seen: Collection[str]) -> Iterator[Question]:
    """One question after another, each the best that still fits: an untouched skill, then an untouched kind."""
    skills: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    while fitting := [one for one in offered if seconds(one) <= left_s]:
        best = min(
            fitting,
            key=lambda one: (one.id in seen, skills[one.skills[0].id], kinds[one.kind], abs(one.level - level)),
        )
        offered.remove(best)
        skills[best.skills[0].id] += 1
        kinds[best.kind] += 1
        left_s -= seconds(best)
        yield best
