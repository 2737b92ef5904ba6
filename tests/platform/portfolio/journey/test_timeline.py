"""What was done, the newest first, one line for each thing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import now
from django.utils.translation import override
from model_bakery import baker

from accounts.models import User
from interviews.cards.mastery import SOURCE as CARDS
from interviews.models import Card, Mock, Review
from portfolio.journey.past import Past
from portfolio.journey.timeline import Line, timeline
from skills.models import Evidence, Kind
from submissions.models import Submission
from submissions.revisions.changes import disqualify

pytestmark = pytest.mark.django_db
MakePassed = Callable[..., Submission]
MARCH, APRIL = datetime(2025, 3, 10, 12, tzinfo=UTC), datetime(2025, 4, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever the test before has left."""
    with override("en"):
        yield


def lines(owner: User) -> list[Line]:
    """The whole of it."""
    return [*timeline(Evidence.objects.of(owner), Past.of(owner))]


def note(owner: User, source: str, at: datetime = MARCH, kind: Kind = Kind.PRACTISED, **levels: int) -> None:
    """Evidence from one source."""
    for skill, level in levels.items():
        row = {"skill": skill.replace("_", "-"), "level": level, "kind": kind}
        Evidence.objects.create(owner=owner, source=source, recorded_at=at, **row)


def review(owner: User, at: datetime, undone_at: datetime | None = None) -> None:
    """A card, graded once."""
    card = Card.objects.create(owner=owner, question=uuid4().hex, reviews=1)
    baker.make(Review, owner=owner, card=card, number=1, grade=3, reviewed_at=at, undone_at=undone_at)


def test_a_passed_entry_is_one_line_with_its_points_and_all_its_skills(user: User, passed: MakePassed) -> None:
    entry = passed(user)

    [line] = lines(user)

    assert line.deed.submission == entry
    assert line.deed.address == entry.get_absolute_url()
    assert line.kind == Kind.MEASURED
    assert {(skill.id, level) for skill, level in line.shown} == {
        ("post-training-quantization", 2),
        ("calibration", 2),
        ("latency-measurement", 2),
    }


def test_an_entry_stays_where_it_was_when_its_points_are_computed_anew(user: User, passed: MakePassed) -> None:
    entry = passed(user)
    Submission.objects.filter(pk=entry.pk).update(finished_at=MARCH)
    Evidence.objects.update(recorded_at=now())

    [line] = lines(user)

    assert line.at == MARCH
    assert line.month.isoformat() == "2025-03-01"


def test_what_is_disqualified_is_gone(user: User, passed: MakePassed) -> None:
    entry = passed(user)
    disqualify(entry, User.objects.create_superuser("operator@example.com", "x"), "why")
    note(user, f"submissions/{entry.pk}", pruning=2)  # even if a row of evidence is left

    assert lines(user) == []


def test_what_was_deleted_is_gone(user: User, passed: MakePassed) -> None:
    entry, held = passed(user), baker.make(Mock, owner=user, level=1, finished_at=MARCH)
    note(user, f"interviews/own/{entry.pk}", pruning=1)
    note(user, f"interviews/mock/{held.pk}", pruning=1)
    before = len(lines(user))
    entry.delete()
    held.delete()

    assert before == 3
    assert lines(user) == []


def test_what_belongs_to_somebody_else_is_not_shown(user: User, passed: MakePassed) -> None:
    other = User.objects.create_user("other@example.com")
    entry, held = passed(other), baker.make(Mock, owner=other, level=1, finished_at=MARCH)
    review(other, MARCH)
    note(user, f"submissions/{entry.pk}", pruning=2)
    note(user, f"interviews/mock/{held.pk}", pruning=2)

    assert lines(user) == []


def test_the_cards_of_a_month_are_one_line(user: User) -> None:
    for day in range(20):
        review(user, MARCH + timedelta(days=day))
    review(user, MARCH, undone_at=MARCH)
    note(user, CARDS, MARCH, pruning=1)
    note(user, CARDS, MARCH + timedelta(days=1), arm=2, calibration=1)
    note(user, CARDS, APRIL, litert=1)

    april, march = lines(user)

    assert [(skill.id, level) for skill, level in march.shown] == [("arm", 2), ("calibration", 1), ("pruning", 1)]
    assert "20" in march.deed.remark
    assert march.at == MARCH + timedelta(days=19)
    assert [skill.id for skill, _level in april.shown] == ["litert"]
    assert april.deed.remark == ""


def test_cards_that_show_nothing_yet_were_reviewed_all_the_same(user: User) -> None:
    review(user, MARCH)

    [line] = lines(user)

    assert (line.kind, line.shown) == (None, [])


@pytest.mark.parametrize(
    ("source", "title", "address"),
    [
        ("interviews/drills/roofline", "Roofline", "/interviews/drills/roofline/"),
        ("interviews/desk/wake-word", "wake word", "/interviews/desk/wake-word/"),
        ("interviews/drills/no-longer", "", ""),
        ("interviews/desk/no-longer", "", ""),
        ("inventory", "", "/inventory/"),
        ("something/new", "", "/something/new/"),
    ],
)
def test_each_source_leads_back_to_where_it_was_done(user: User, source: str, title: str, address: str) -> None:
    note(user, source, pruning=1)

    [line] = lines(user)

    assert line.deed.name
    assert title.lower() in line.deed.title.lower()
    assert line.deed.address == address


def test_an_interview_and_questions_on_a_report_lead_back_too(user: User, passed: MakePassed) -> None:
    held, entry = baker.make(Mock, owner=user, level=2, minutes=30, finished_at=MARCH), passed(user)
    note(user, f"interviews/mock/{held.pk}", MARCH, pruning=1)
    note(user, f"interviews/own/{entry.pk}", APRIL, pruning=1)

    _entry, own, mock = lines(user)

    assert mock.deed.address == held.get_absolute_url()
    assert "30" in mock.deed.remark
    assert own.deed.address == f"/interviews/own/{entry.pk}/"


def test_not_yet_is_nothing_to_show_and_neither_is_a_skill_that_is_gone(user: User) -> None:
    note(user, "inventory", kind=Kind.DECLARED, pruning=0, no_longer=2, arm=1)

    [line] = lines(user)

    assert [skill.id for skill, _level in line.shown] == ["arm"]


def test_the_newest_comes_first(user: User) -> None:
    note(user, "interviews/drills/roofline", MARCH, accelerators=2)
    note(user, "interviews/drills/amdahl", APRIL, latency_measurement=1)

    assert [line.at for line in lines(user)] == [APRIL, MARCH]


def test_a_month_is_one_by_the_readers_clock(user: User) -> None:
    from django.utils import timezone

    note(user, "interviews/drills/roofline", datetime(2025, 3, 31, 20, tzinfo=UTC), accelerators=2)

    with timezone.override("Asia/Tokyo"):
        assert lines(user)[0].month.isoformat() == "2025-04-01"
    with timezone.override("UTC"):
        assert lines(user)[0].month.isoformat() == "2025-03-01"
