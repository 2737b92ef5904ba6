"""A review is stored once, whatever tabs, devices and lost connections do; undoing it leaves no trace on the card."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from django.db import connection
from fsrs import Card as LibraryCard
from fsrs import Rating, Scheduler

from accounts.models import User
from interviews.cards.models import Card, Review, ReviewedSince
from interviews.cards.reviewing import Grading, keep, last_review, undo
from tests.platform.interviews.cards.conftest import NOON, TOKYO, FakeQuestion, later

Grade = Callable[..., Review]
pytestmark = pytest.mark.django_db
NAME = "number-formats-2-0"


def histories(count: int) -> list[tuple[int, list[tuple[Rating, datetime]]]]:
    """Random ones: minutes, days and months between reviews, all grades, all desired retentions."""
    random = Random(20261125)  # noqa: S311 - histories, no secrets
    made = []
    for _ in range(count):
        at = NOON + timedelta(seconds=random.random() * 86400)
        reviews = []
        for _review in range(random.randint(1, 7)):
            reviews.append((random.choice(list(Rating)), at))
            at += timedelta(seconds=60 * 10 ** random.uniform(0, 4.8), microseconds=random.randrange(10**6))
        made.append((random.randint(80, 95), reviews))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_the_stored_schedule_equals_the_librarys_own_for_random_histories(
    count: int, user: User, bank: dict[str, FakeQuestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviews.cards.reviewing.note_practice", lambda owner, question: None)  # no schedule in it
    different = []
    for retention, reviews in histories(count):
        Card.objects.all().delete()
        library = Scheduler(desired_retention=retention / 100, enable_fuzzing=False)
        expected = LibraryCard(card_id=1)
        for number, (rating, at) in enumerate(reviews):
            keep(user, Grading(question=bank[NAME], number=number, key=uuid4(), rating=rating), retention, at)  # type: ignore[arg-type]
            expected, _ = library.review_card(expected, rating, at)
        stored = Card.objects.get().remembered
        facts = [(c.due, c.stability, c.difficulty, c.state, c.step, c.last_review) for c in (stored, expected)]
        different += [] if facts[0] == facts[1] else [facts]

    assert different == []


def test_a_form_that_comes_twice_is_one_review(user: User, grade: Grade) -> None:
    key = uuid4()
    first = grade(NAME, key=key, number=0)
    card = Card.objects.get()

    second = grade(NAME, Rating.Again, later(minutes=5), key=key, number=0)

    assert second == first
    assert Review.objects.count() == 1
    assert Card.objects.get().memory == card.memory


def test_a_stale_tab_stores_nothing_and_is_told(user: User, grade: Grade) -> None:
    grade(NAME, number=0)
    before = Card.objects.get().memory

    with pytest.raises(ReviewedSince):
        grade(NAME, Rating.Again, later(minutes=1), number=0)

    assert Review.objects.count() == 1
    assert Card.objects.get().memory == before


def test_a_form_from_the_future_stores_nothing(user: User, grade: Grade) -> None:
    with pytest.raises(ReviewedSince):
        grade(NAME, number=3)

    assert Review.objects.count() == 0


def test_a_grade_that_could_not_be_sent_keeps_the_time_at_which_it_was_given(user: User, grade: Grade) -> None:
    review = grade(NAME, at=later(hours=5), reviewed_at=later(hours=1))

    assert review.reviewed_at == Card.objects.get().remembered.last_review == later(hours=1)


def test_a_time_in_the_future_or_before_the_last_review_is_not_believed(user: User, grade: Grade) -> None:
    future = grade(NAME, reviewed_at=later(days=400))
    past = grade(NAME, at=later(hours=2), reviewed_at=later(days=-3))

    assert (future.reviewed_at, past.reviewed_at) == (NOON, NOON)


def test_a_first_grade_is_not_older_than_its_readers_account(user: User, grade: Callable[..., Review]) -> None:
    assert grade(NAME, reviewed_at=datetime(1, 1, 1, tzinfo=UTC)).reviewed_at == user.date_joined


def test_how_long_a_card_was_looked_at_is_kept_unless_it_was_left_open(user: User, grade: Grade) -> None:
    quick = grade(NAME, at=later(seconds=14), shown_at=NOON)
    left = grade(NAME, at=later(hours=9), shown_at=later(minutes=1))
    nonsense = grade(NAME, at=later(hours=10), shown_at=later(hours=11))

    assert (quick.took_ms, left.took_ms, nonsense.took_ms) == (14_000, None, None)


@pytest.mark.parametrize("ratings", [[3], [1, 2], [3, 4, 1, 2, 3]])
def test_undo_restores_the_exact_card_and_keeps_the_log(user: User, grade: Grade, ratings: list[int]) -> None:
    states = [("", 0)]
    for n, rating in enumerate(ratings):
        grade(NAME, Rating(rating), later(seconds=700 * n))
        card = Card.objects.get()
        states.append((card.memory, card.reviews))

    for expected in reversed(states[:-1]):
        review = last_review(user, later(hours=3), TOKYO)
        assert review is not None
        undo(user, review, later(hours=3))
        card = Card.objects.get()
        assert (card.memory, card.reviews) == expected

    assert last_review(user, later(hours=3), TOKYO) is None
    assert Review.objects.filter(undone_at=later(hours=3)).count() == len(ratings)


def test_undoing_twice_is_undoing_once(user: User, grade: Grade) -> None:
    grade(NAME)
    review = grade(NAME, at=later(minutes=1))
    stale = Review.objects.get(pk=review.pk)

    undo(user, review, later(minutes=2))
    undo(user, stale, later(minutes=3))

    assert Card.objects.get().reviews == 1
    assert Review.objects.get(pk=review.pk).undone_at == later(minutes=2)


def test_a_review_is_not_undone_below_a_later_one(user: User, grade: Grade) -> None:
    first = grade(NAME)
    grade(NAME, at=later(minutes=1))
    before = Card.objects.get().memory

    with pytest.raises(ReviewedSince):
        undo(user, first, later(minutes=2))

    assert Card.objects.get().memory == before
    assert Review.objects.filter(undone_at=None).count() == 2


def test_a_lost_form_that_is_sent_again_after_an_undo_stores_nothing(user: User, grade: Grade) -> None:
    key = uuid4()
    undo(user, grade(NAME, key=key, number=0), later(seconds=5))

    again = grade(NAME, at=later(seconds=9), key=key, number=0)

    assert again.undone_at is not None
    assert Card.objects.get().reviews == 0
    assert Review.objects.count() == 1


def test_after_an_undo_the_same_number_is_given_again(user: User, grade: Grade) -> None:
    undo(user, grade(NAME, Rating.Again), later(seconds=5))

    grade(NAME, Rating.Easy, later(seconds=9))

    assert list(Review.objects.order_by("pk").values_list("number", "grade")) == [(1, 1), (1, 4)]


def test_one_key_of_two_people_is_two_reviews(user: User, grade: Grade, bank: dict[str, FakeQuestion]) -> None:
    other = User.objects.create_user("other@example.com", "a long enough pass phrase")
    key = grade(NAME).key

    keep(other, Grading(question=bank[NAME], number=0, key=key, rating=Rating.Hard), 90, NOON)  # type: ignore[arg-type]

    assert Review.objects.filter(owner=other).count() == Review.objects.filter(owner=user).count() == 1


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Run them in threads, each with a connection of its own: what each returned or raised."""

    def run(call: Callable[[], object]) -> object:
        try:
            return call()
        except ReviewedSince as told:
            return told
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", [False, True])
def test_of_eight_tabs_that_grade_one_card_at_once_one_is_stored(
    user: User, grade: Grade, bank: dict[str, FakeQuestion], begun: bool
) -> None:
    if begun:
        grade(NAME)
    gradings = [Grading(question=bank[NAME], number=int(begun), key=uuid4(), rating=Rating.Good) for _ in range(8)]  # type: ignore[arg-type]

    ended = at_once([lambda one=one: keep(user, one, 90, later(minutes=2)) for one in gradings])  # type: ignore[misc]

    assert sum(isinstance(one, Review) for one in ended) == 1
    assert sum(isinstance(one, ReviewedSince) for one in ended) == 7
    assert Review.objects.count() == Card.objects.get().reviews == 1 + begun


@pytest.mark.django_db(transaction=True)
def test_one_form_that_comes_eight_times_at_once_is_one_review(user: User, bank: dict[str, FakeQuestion]) -> None:
    grading = Grading(question=bank[NAME], number=0, key=UUID(int=7), rating=Rating.Good)  # type: ignore[arg-type]

    ended = at_once([lambda: keep(user, grading, 90, NOON)] * 8)

    assert set(ended) == {Review.objects.get()}
    assert Card.objects.get().reviews == 1


@pytest.mark.django_db(transaction=True)
def test_an_undo_that_comes_eight_times_at_once_undoes_once(user: User, grade: Grade) -> None:
    first, second = grade(NAME), grade(NAME, at=later(minutes=1))

    at_once([lambda: undo(user, Review.objects.get(pk=second.pk), datetime.now(UTC))] * 8)

    assert Card.objects.get().reviews == 1
    assert Review.objects.get(undone_at=None) == first
