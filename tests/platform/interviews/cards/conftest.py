"""A bank of forty questions, a deck of all of them, and a reader who can be moved through time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from fsrs import Rating

from accounts.models import User
from interviews.bank.bank import Bank
from interviews.bank.tables import Level
from interviews.cards.days import Days
from interviews.cards.models import Card, Deck, Review
from interviews.cards.reviewing import Grading, keep
from skills.map import Skill, skill_map

NOON = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # by the clock of Tokyo
TOKYO = Days(ZoneInfo("Asia/Tokyo"))


@dataclass(frozen=True)
class Text:
    """What a card shows."""

    title: str
    ask: SafeString
    gist: SafeString
    sources: Sequence[object] = ()


@dataclass(frozen=True)
class FakeQuestion:
    """As much of a question as the cards need."""

    id: str
    level: Level
    skills: Sequence[Skill]

    @property
    def text(self) -> Text:
        """Words that name it."""
        return Text(
            f"Title of {self.id}", format_html("<p>Ask {}?</p>", self.id), format_html("<p>Gist of {}.</p>", self.id)
        )

    def get_absolute_url(self) -> str:
        """Anything."""
        return f"/interviews/questions/{self.id}/"


def questions_of(skills: Sequence[str], per_skill: Sequence[int]) -> dict[str, FakeQuestion]:
    """For each skill so many questions at levels 1, 2 and 3."""
    made = [
        FakeQuestion(f"{skill}-{level}-{n}", Level(level), [skill_map()[skill]])
        for skill in skills
        for level, count in enumerate(per_skill, 1)
        for n in range(count)
    ]
    return {question.id: question for question in made}


SKILLS = list(skill_map().skills)[:8]


def fake_bank(monkeypatch: pytest.MonkeyPatch, questions: dict[str, FakeQuestion], **renamed: str) -> None:
    """Let the rooms of the cards see these questions."""
    bank = Bank(questions, {old.replace("_", "-"): new for old, new in renamed.items()})  # type: ignore[arg-type]
    for module in ("deck", "mastery", "reviewing", "forms", "views"):
        monkeypatch.setattr(f"interviews.cards.{module}.bank", lambda: bank)


@pytest.fixture(autouse=True)
def bank(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeQuestion]:
    """Five questions about each of eight skills."""
    questions = questions_of(SKILLS, (1, 2, 2))
    fake_bank(monkeypatch, questions)
    return questions


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the time that the views see."""

    def turn(at: datetime) -> None:
        monkeypatch.setattr("interviews.cards.views.now", lambda: at)

    turn(NOON)
    return turn


@pytest.fixture
def user(user: User) -> User:
    """Somebody who joined before any of these days."""
    user.date_joined = NOON - timedelta(days=365)
    user.save()
    return user


@pytest.fixture
def deck(user: User) -> Deck:
    """All forty cards."""
    return Deck.objects.create(owner=user, skills=SKILLS, levels=[1, 2, 3], new_a_day=6, cap=40, retention=90)


@pytest.fixture
def grade(user: User, bank: dict[str, FakeQuestion]) -> Callable[..., Review]:
    """Grade a card as a form would."""

    def give(name: str, rating: Rating = Rating.Good, at: datetime = NOON, **changes: object) -> Review:
        row = Card.objects.filter(owner=user, question=name).first()
        given = {"number": row.reviews if row else 0, "key": uuid4(), **changes}
        return keep(user, Grading(question=bank[name], rating=rating, **given), 90, at)  # type: ignore[arg-type]

    return give


def later(days: float = 0, **more: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(days=days, **more)


def on(days: int) -> date:
    """So many days after the first."""
    return TOKYO.of(later(days))
