"""One page, for its owner."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from career.models import Goal
from interviews.models import Card, Mock, Review
from skills.map import skill_map
from skills.models import Evidence, Kind
from submissions.models import Status, Submission

pytestmark = pytest.mark.django_db
JOURNEY = "/portfolio/journey/"
MakePassed = Callable[..., Submission]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
QUERIES = 9
"""Session, person, evidence, goal, submissions, interviews, reviews, and two to spare."""


def read(client: Client, language: str = "en", query: str = "") -> str:
    """The page as text."""
    return client.get(JOURNEY + query, headers={"accept-language": language}).content.decode()


def test_visitors_are_asked_to_sign_in(client: Client) -> None:
    answer = client.get(JOURNEY)

    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={JOURNEY}")


def test_nothing_may_keep_it(signed_in: Client) -> None:
    assert "no-store" in signed_in.get(JOURNEY)["Cache-Control"]


@both_languages
def test_an_empty_journey_says_where_one_could_begin(signed_in: Client, language: str) -> None:
    text = read(signed_in, language)

    assert {"ja": "まだ記録はありません", "en": "Nothing yet"}[language] in text
    for address in ("/inventory/", "/challenges/", "/interviews/", "/inventory/result/"):
        assert f'href="{address}"' in text
    assert "<table" not in text


@both_languages
def test_it_shows_the_role_the_step_and_what_was_done(
    signed_in: Client, user: User, passed: MakePassed, language: str
) -> None:
    Goal.objects.create(owner=user, seniority="mid", domain="camera")
    Evidence.objects.create(owner=user, skill="pruning", kind=Kind.PRACTISED, level=1, source="interviews/drills/x")
    entry = passed(user)

    text = read(signed_in, language)

    assert {"ja": "ミドル · ", "en": "Mid-level · "}[language] in text
    assert f'href="{entry.get_absolute_url()}"' in text
    for label in {"ja": ("測定済み", "練習済み", "あと 1 レベル"), "en": ("Measured", "Practised", "1 level")}[
        language
    ]:
        assert f"<td>{label}</td>" in text
    assert {"ja": "次の一歩", "en": "The next step"}[language] in text
    assert {"ja": "これを選んだ理由", "en": "Why this one"}[language] in text


def test_each_step_leads_to_a_page_that_is_there(signed_in: Client, user: User) -> None:
    Goal.objects.create(owner=user, seniority="senior", domain="iot")

    steps = signed_in.get(JOURNEY).context["steps"]

    assert len(steps) == 3
    for step in steps:
        assert signed_in.get(step.offer.address, follow=True).status_code == 200


def test_a_level_that_was_said_is_to_be_measured(signed_in: Client, user: User) -> None:
    Goal.objects.create(owner=user, seniority="junior", domain="mobile")
    Evidence.objects.create(owner=user, skill="calibration", kind=Kind.DECLARED, level=3, source="inventory")

    text = read(signed_in)

    assert "<td>Declared</td>" in text
    assert "to be measured" in text


def test_with_nothing_left_it_says_so(signed_in: Client, user: User) -> None:
    Goal.objects.create(owner=user, seniority="junior", domain="mobile")
    for skill in skill_map().skills:
        Evidence.objects.create(owner=user, skill=skill, kind=Kind.MEASURED, level=3, source="inventory")

    assert "Nothing is missing for this role" in read(signed_in)


def test_a_role_that_is_no_longer_offered_is_to_be_chosen_anew(signed_in: Client, user: User) -> None:
    Goal.objects.create(owner=user, seniority="wizard", domain="camera")

    assert "Choose a role" in read(signed_in)


def test_nothing_of_somebody_else_is_on_it(signed_in: Client, passed: MakePassed) -> None:
    other = User.objects.create_user("other@example.com")
    Goal.objects.create(owner=other, seniority="mid", domain="camera")
    entry = passed(other)
    Evidence.objects.create(owner=other, skill="arm", kind=Kind.DECLARED, level=1, source="inventory")

    text = read(signed_in)

    assert str(entry.pk) not in text
    assert "Nothing yet" in text
    assert "Mid-level" not in text


def test_an_inventory_of_many_skills_is_folded(signed_in: Client, user: User) -> None:
    for skill in skill_map().skills:
        Evidence.objects.create(owner=user, skill=skill, kind=Kind.DECLARED, level=1, source="inventory")

    text = read(signed_in)

    assert f"Declared: {len(skill_map().skills)} skills</summary>" in text
    assert text.count("level 1") == len(skill_map().skills)


@pytest.fixture
def much(user: User) -> User:
    """Somebody with thousands of rows of evidence, hundreds of interviews and cards."""
    Goal.objects.create(owner=user, seniority="senior", domain="camera")
    entries = [
        Submission(
            owner=user,
            challenge="int8_fashion",
            upload_key=uuid4(),
            file_name="entry.onnx",
            file_bytes=1,
            sha256=uuid4().hex * 2,
            status=Status.GRADED,
            result="passed",
            points=80 + n / 100,
            finished_at=now() - timedelta(days=n),
        )
        for n in range(800)
    ]
    Submission.objects.bulk_create(entries)
    mocks = [Mock(owner=user, level=1, minutes=30, finished_at=now(), judged_at=now()) for _ in range(200)]
    Mock.objects.bulk_create(mocks)
    sources = [*(f"submissions/{one.pk}" for one in entries), *(f"interviews/mock/{one.pk}" for one in mocks)]
    Evidence.objects.bulk_create(
        Evidence(owner=user, skill=skill, kind=Kind.MEASURED, level=2, source=source)
        for source in sources
        for skill in ("post-training-quantization", "calibration", "latency-measurement")
    )
    card = Card.objects.create(owner=user, question="x", reviews=500)
    Review.objects.bulk_create(
        Review(owner=user, card=card, key=uuid4(), number=number, grade=3, reviewed_at=now(), retention=90)
        for number in range(1, 501)
    )
    return user


@pytest.mark.parametrize("query", ["", "?page=2", "?page=last", "?page=9999"])
def test_thousands_of_rows_take_no_more_queries_than_none(
    signed_in: Client, much: User, django_assert_max_num_queries: DjangoAssertNumQueries, query: str
) -> None:
    with django_assert_max_num_queries(QUERIES):
        text = read(signed_in, query=query)

    assert 0 < text.count("<time") <= 30


def test_the_pages_of_a_timeline_hold_each_line_once(signed_in: Client, user: User) -> None:
    for n in range(140):
        Evidence.objects.create(owner=user, skill="arm", kind=Kind.PRACTISED, level=1, source=f"something/{n}")

    pages = [signed_in.get(f"{JOURNEY}?page={number}").context["page"] for number in range(1, 6)]
    lines = [line for page in pages for line in page]

    assert [len(page) for page in pages] == [30, 30, 30, 30, 20]
    assert {line.deed.address for line in lines} == {f"/something/{n}/" for n in range(140)}
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)


@both_languages
def test_the_portfolio_and_the_roadmap_lead_here(signed_in: Client, user: User, language: str) -> None:
    Goal.objects.create(owner=user, seniority="mid", domain="camera")

    for address in ("/portfolio/", "/roadmap/"):
        assert f'href="{JOURNEY}"' in signed_in.get(address, headers={"accept-language": language}).content.decode()


def test_a_visitors_roadmap_does_not_lead_where_they_cannot_go(client: Client) -> None:
    client.post("/inventory/result/", {"seniority": "mid", "domain": "camera"})

    assert JOURNEY not in client.get("/roadmap/").content.decode()


@both_languages
def test_no_day_is_counted(signed_in: Client, user: User, passed: MakePassed, language: str) -> None:
    Goal.objects.create(owner=user, seniority="senior", domain="camera")
    passed(user)
    main = read(signed_in, language).split("<main", 1)[1]

    for word in ("streak", "in a row", "days", "連続", "日間", "日目"):
        assert word not in main
