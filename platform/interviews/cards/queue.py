"""What is shown next. Real days and the forecast ask the same function, so one cannot promise what the other breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fsrs import Rating

from interviews.cards.countdown import Countdown
from interviews.cards.days import Days
from interviews.cards.pile import Pile, Rules, Seen
from interviews.cards.schedule import steps_left

LEARN_AHEAD = timedelta(minutes=20)
"""A card in its steps is shown this much early when nothing else is left: nobody has to wait for it. As Anki does."""
STEPS_OF_NEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The rest of a day. `due`: reviews; `new`: cards to begin; `order`: all of it, the next one first.

    `carried`: how many will wait for tomorrow if nothing more is done; `room`: what the cap leaves.
    """

    order: Sequence[str]
    due: int
    new: int
    carried: int
    room: int

    @property
    def next(self) -> str | None:
        """The card to show. None if nothing is left, or if the cap is reached."""
        return self.order[0] if self.order and self.room > 0 else None

    @property
    def left(self) -> int:
        """How many cards of it the cap leaves room for."""
        return min(self.room, self.due + self.new)


def queue(pile: Pile, rules: Rules, at: datetime, days: Days) -> Queue:
    """What a day still asks for.

    Steps that have come due; then, in an ordinary day, reviews before new cards. Before an interview: reviews that are
    owed, new cards, other reviews, the final pass. Steps that are not due yet come last.
    """
    steps = sorted((s for s in pile.seen.values() if s.in_steps and s.card.due <= at + LEARN_AHEAD), key=by_due)
    room = max(0, rules.cap - pile.done)
    if rules.interview is not None and rules.counts_down(pile.day):
        countdown = Countdown.of(rules.interview, rules.cap, pile.cards)
        first, wanted, then, optional = before_interview(countdown, pile, rules.cap, at, days)
    else:
        first, wanted, then, optional = ordinary(pile), rules.new_a_day - pile.new, [], []
    spare = room - sum(steps_left(seen.card) for seen in steps)  # what is begun is finished first
    new = list(pile.unseen)[: max(0, wanted)] if spare >= STEPS_OF_NEW else []
    optional = optional if spare > 0 else []
    now = [seen for seen in steps if seen.card.due <= at]
    late = [seen for seen in steps if seen.card.due > at]
    shown = [ids(now), ids(first), new, ids(then), ids(optional), ids(late)]
    waiting = len(steps) + len(first) + len(then)
    return Queue(
        order=[card_id for part in shown for card_id in part],
        due=waiting + len(optional),
        new=len(new),
        carried=waiting,
        room=room,
    )


def ordinary(pile: Pile) -> Sequence[Seen]:
    """Reviews that have come due, the longest waiting first."""
    due = [seen for seen in pile.seen.values() if seen.due_day <= pile.day and not seen.in_steps]
    return sorted(due, key=by_due)


Parts = tuple[Sequence[Seen], int, Sequence[Seen], Sequence[Seen]]


def before_interview(countdown: Countdown, pile: Pile, cap: int, at: datetime, days: Days) -> Parts:
    """(before new cards, how many of those, after them, what only fills the day)."""
    final = countdown.final_pass(pile, days.same_time(at, countdown.interview))
    if final and pile.day == countdown.last_day:
        return final, late_ones(countdown, pile, cap), [], []
    if pile.day >= countdown.final_from:
        must = [seen for seen in final if seen.owed or seen.due_day <= pile.day]
        rest = [seen for seen in final if not seen.owed and seen.due_day > pile.day]
        return must, late_ones(countdown, pile, cap), [], rest
    due = [s for s in pile.seen.values() if countdown.due_day(s) <= pile.day and not s.in_steps]
    owed = sorted((s for s in due if s.owed), key=lambda s: (countdown.due_day(s), -s.owed, s.id))
    rest = sorted((s for s in due if not s.owed), key=by_due)
    return owed, countdown.new_today(pile, cap), rest, []


def late_ones(countdown: Countdown, pile: Pile, cap: int) -> int:
    """New cards of the final days: those that fit; once none can be reviewed twice, all that there is room for."""
    return countdown.new_today(pile, cap) if countdown.may_begin(pile.day) else len(pile.unseen)


def comes_back(pile: Pile, rules: Rules, card_id: str, rating: Rating, at: datetime, days: Days) -> timedelta:
    """In what time a card would be shown again after this grade: minutes within its steps, else whole days."""
    after = pile.copy()
    after.grade(card_id, rating, at, rules, days)
    seen = after.seen[card_id]
    if seen.in_steps:
        return seen.card.due - at
    due_day = seen.due_day
    if rules.interview is not None and rules.counts_down(pile.day):
        due_day = Countdown.of(rules.interview, rules.cap, pile.cards).due_day(seen)
    return due_day - pile.day


def by_due(seen: Seen) -> tuple[datetime, str]:
    """The longest waiting first."""
    return seen.card.due, seen.id


def ids(cards: Sequence[Seen]) -> Sequence[str]:
    """Their names."""
    return [seen.id for seen in cards]
