"""What a plan up to an interview comes to: its phases, what it is worth, and what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from interviews.cards.countdown import CARD_COST, Countdown
from interviews.cards.days import Days
from interviews.cards.forecast import Day, forecast
from interviews.cards.pile import Pile, Rules
from interviews.cards.schedule import recall

DAY = timedelta(days=1)
ROUND = 5  # a cap that is proposed is a multiple of this
TRIES = 6


class Stage(StrEnum):
    """What a stretch of days is for."""

    BEGIN = "begin"
    REVIEW = "review"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of days, both ends included. pace: the most new cards on one of them."""

    stage: Stage
    first: date
    last: date
    pace: int = 0

    @property
    def is_one_day(self) -> bool:
        """True if it begins and ends on one day."""
        return self.first == self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan, simulated with the model reader until the interview.

    twice: cards that come up on two days after their first one. passed: cards that the final pass reaches.
    with_plan, without: predicted recall at the hour of planning on the day of the interview, averaged over all cards;
    a card that was never seen counts as 0.
    """

    interview: date
    final_from: date
    days: Sequence[Day]
    cards: int
    seen: int
    twice: int
    passed: int
    with_plan: float
    without: float

    @property
    def missing(self) -> int:
        """Cards that do not come up twice."""
        return self.cards - self.twice

    @property
    def phases(self) -> Sequence[Phase]:
        """Its stretches, in order; those without a day are left out."""
        first, last = self.days[0].date, self.days[-1].date
        final = max(first, self.final_from)
        begun = [day for day in self.days if day.new]
        ends = min(begun[-1].date, final - DAY) if begun else first - DAY
        found = [
            Phase(Stage.BEGIN, first, ends, max((day.new for day in begun), default=0)),
            Phase(Stage.REVIEW, ends + DAY, final - DAY),
            Phase(Stage.FINAL, final, last, max((day.new for day in begun if day.date >= final), default=0)),
        ]
        return [phase for phase in found if phase.first <= phase.last]


def plan(pile: Pile, rules: Rules, at: datetime, days: Days) -> Plan | None:
    """Simulate what is ahead, with the plan and without. None if no interview is ahead."""
    if rules.interview is None or not rules.counts_down(pile.day):
        return None
    ahead = (rules.interview - pile.day).days
    countdown = Countdown.of(rules.interview, rules.cap, pile.cards)
    planned = forecast(pile, rules, at, days, ahead)
    plain = forecast(pile, without_date(rules), at, days, ahead)
    on = days.same_time(at, rules.interview)
    seen = planned.pile.seen.values()
    return Plan(
        interview=rules.interview,
        final_from=countdown.final_from,
        days=planned.days,
        cards=pile.cards,
        seen=len(seen),
        twice=sum(not card.owed for card in seen),
        passed=sum(card.last_day >= countdown.final_from for card in seen),
        with_plan=mean_recall(planned.pile, on),
        without=mean_recall(plain.pile, on),
    )


def without_date(rules: Rules) -> Rules:
    """The same choices, no interview."""
    return Rules(new_a_day=rules.new_a_day, cap=rules.cap, retention=rules.retention)


def mean_recall(pile: Pile, on: datetime) -> float:
    """Predicted recall at a moment, averaged over all cards, 0 to 1; 0 for what was never seen, and without cards."""
    return sum(recall(seen.card, on) for seen in pile.seen.values()) / pile.cards if pile.cards else 0.0


def cap_that_fits(pile: Pile, rules: Rules, at: datetime, days: Days, largest: int) -> int | None:
    """The least cap, among the multiples of five that were tried, with which every card comes up twice. None if none.

    Begins at what the cards cost on average, or just above the present cap, and goes up by a sixth each time.
    """
    if rules.interview is None:
        return None
    ahead = (rules.interview - pile.day).days
    cap = max(rules.cap + 1, int(len(pile.unseen) * CARD_COST / ahead))
    for _try in range(TRIES):
        cap = min(largest, -(-cap // ROUND) * ROUND)
        wider = Rules(new_a_day=rules.new_a_day, cap=cap, retention=rules.retention, interview=rules.interview)
        end = forecast(pile, wider, at, days, ahead).pile
        if not end.unseen and not any(seen.owed for seen in end.seen.values()):
            return cap
        cap += max(1, cap // 6)
    return None
