"""What the log tells, and how sure one can be of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import mean, median

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from fsrs import Card as Memory
from fsrs import State

from grader.measure.accuracy import wilson_interval
from interviews.bank.bank import Question
from interviews.cards.days import Days
from interviews.cards.forecast import SECONDS_A_CARD
from interviews.cards.models import Recalled, Review
from interviews.cards.pile import Pile
from interviews.cards.schedule import recall
from skills.map import Skill, skill_map

MATURE = timedelta(days=21)
"""Interval from which a card is called mature. Source: Anki's manual, "Card States"."""
ENOUGH_TIMES = 20
SHOWN_DAYS = 30


class Age(TextChoices):
    """How well a card sits."""

    UNSEEN = "unseen", pgettext_lazy("cards", "Not begun")
    LEARNING = "learning", pgettext_lazy("cards", "In minutes")
    YOUNG = "young", _("Young: interval under 21 days")
    MATURE = "mature", _("Mature: 21 days or more")


@dataclass(frozen=True, slots=True)
class Retention:
    """Of `reviews` of cards that were out of their steps, `recalled` were not graded Again."""

    age: Age
    reviews: int
    recalled: int

    @property
    def share(self) -> float:
        """Of those recalled. Raises ZeroDivisionError without reviews."""
        return self.recalled / self.reviews

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share, after Wilson. The reviews of one card are taken as independent."""
        return wilson_interval(self.recalled, self.reviews)


@dataclass(frozen=True, slots=True)
class SkillRow:
    """The cards of one skill; `predicted`: mean predicted recall of those seen, now. None if none was."""

    skill: Skill
    cards: int
    seen: int
    predicted: float | None


def age_of(memory: Memory) -> Age:
    """Which of the kinds a card is of."""
    if memory.last_review is None:
        return Age.UNSEEN
    if memory.state != State.Review:
        return Age.LEARNING
    return Age.MATURE if memory.due - memory.last_review >= MATURE else Age.YOUNG


def retention_of(log: Iterable[Review]) -> Sequence[Retention]:
    """True retention of young and of mature cards. Steps within a day say nothing and do not count."""
    ages: dict[Age, list[bool]] = {Age.YOUNG: [], Age.MATURE: []}
    for review in log:
        age = age_of(review.was) if review.was else Age.UNSEEN
        if age in ages:
            ages[age].append(review.grade != Recalled.AGAIN)
    return [Retention(age, len(recalled), sum(recalled)) for age, recalled in ages.items()]


def reviews_per_day(log: Iterable[Review], today: date, days: Days) -> Mapping[date, int]:
    """How many there were on each of the last thirty days, the oldest first."""
    counted = Counter(days.of(review.reviewed_at) for review in log)
    shown = [today - timedelta(days=ago) for ago in reversed(range(SHOWN_DAYS))]
    return {day: counted[day] for day in shown}


def ages(pile: Pile) -> Mapping[Age, int]:
    """How many cards there are of each kind."""
    counted = Counter(age_of(seen.card) for seen in pile.seen.values())
    return {age: counted[age] + (len(pile.unseen) if age == Age.UNSEEN else 0) for age in Age}


def by_skill(pile: Pile, questions: Iterable[Question], at: datetime) -> Sequence[SkillRow]:
    """Every skill that a card of the deck is about. A card that is about several counts in each."""
    about: dict[str, list[str]] = {}
    for question in questions:
        for skill in question.skills:
            about.setdefault(skill.id, []).append(question.id)
    return [skill_row(skill, about[skill.id], pile, at) for skill in skill_map().in_learning_order(about)]


def skill_row(skill: Skill, names: Sequence[str], pile: Pile, at: datetime) -> SkillRow:
    """One of them."""
    predicted = [recall(pile.seen[name].card, at) for name in names if name in pile.seen]
    return SkillRow(skill, len(names), len(predicted), mean(predicted) if predicted else None)


def seconds_a_card(times_ms: Sequence[int]) -> tuple[float, bool]:
    """(seconds for one grading, whether they are the reader's own): the median once there are twenty times."""
    if len(times_ms) < ENOUGH_TIMES:
        return SECONDS_A_CARD, False
    return median(times_ms) / 1000, True
