"""Between the rows, the question bank and the pure core: which cards there are, and where each stands."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from accounts.models import User
from interviews.bank.bank import Question, bank
from interviews.cards.days import Days
from interviews.cards.models import Card, Review
from interviews.cards.pile import REVIEWS_OWED, Pile, Rules, Seen
from skills.map import skill_map


def chosen(skills: Iterable[str], levels: Collection[int]) -> Sequence[Question]:
    """The questions about any of these skills, at these levels, in the order in which one would learn them."""
    known = skill_map()
    order = {skill.id: place for place, skill in enumerate(known.ordered())}
    wanted = {known[skill].id for skill in skills if skill in known}
    found = [
        question
        for question in bank().questions.values()
        if question.level in levels and wanted & {skill.id for skill in question.skills}
    ]
    return sorted(found, key=lambda question: (question.level, order[question.skills[0].id], question.id))


def rows_of(owner: User) -> Mapping[str, Card]:
    """A person's cards by the present id of their question; those whose question is gone are left out.

    If a question has a row under an old name and one under its present one, that which was reviewed more counts.
    """
    rows = Card.objects.filter(owner=owner).order_by("reviews", "pk")
    return {bank()[row.question].id: row for row in rows if row.question in bank()}


def row_of(owner: User, question: Question) -> Card:
    """The row of a question, made if there is none."""
    row = rows_of(owner).get(question.id)
    return row or Card.objects.get_or_create(owner=owner, question=question.id)[0]


def pile_of(owner: User, questions: Iterable[Question], rules: Rules, at: datetime, days: Days) -> Pile:
    """Where a person's cards stand now. What they have graded today counts, whatever card it was."""
    day = days.of(at)
    rows = {name: row for name, row in rows_of(owner).items() if row.reviews}
    owed = owed_by_card(owner, days) if rules.interview else {}
    wanted = [question.id for question in questions]
    today = Review.objects.standing(owner).since(days.begin(day)).values_list("number", flat=True)
    return Pile.of(
        day,
        [name for name in wanted if name not in rows],
        {name: seen(name, rows[name], owed, days) for name in wanted if name in rows},
        done=len(today),
        new=sum(number == 1 for number in today),
    )


def seen(name: str, row: Card, owed: Mapping[int, int], days: Days) -> Seen:
    """A row as the core has it."""
    memory = row.remembered
    last = days.of(memory.last_review or memory.due)
    return Seen.of(name, memory, row.reviews, owed.get(row.pk, 0), last, days)


def owed_by_card(owner: User, days: Days) -> Mapping[int, int]:
    """For each card: on how many more days it has to come up before an interview."""
    log = Review.objects.standing(owner).values_list("card_id", "reviewed_at")
    on_days = Counter(card for card, _day in {(card, days.of(at)) for card, at in log})
    return {card: max(0, REVIEWS_OWED + 1 - count) for card, count in on_days.items()}
