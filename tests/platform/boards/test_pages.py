"""What a board shows, to whom."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from accounts import deletion
from accounts.models import User
from boards.models import Nameplate
from grader.report import Report
from submissions import grading
from submissions.models import Submission
from submissions.revisions.changes import disqualify
from submissions.standings.models import Standing

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
ADDRESS = "/boards/int8_fashion/"


@pytest.fixture
def graded_entry(graded: MakeReport) -> Callable[..., Submission]:
    """Somebody's entry, graded."""

    def make(owner: User, **how_good: float) -> Submission:
        submission = baker.make(Submission, owner=owner, challenge="int8_fashion", file_name="entry.onnx")
        submission.claim()
        assert grading.finish(submission, graded(**how_good))
        return Submission.objects.get(pk=submission.pk)

    return make


def page(client: Client, language: str = "en", address: str = ADDRESS) -> str:
    """What a reader gets."""
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def other() -> User:
    """Somebody else."""
    return User.objects.create_user("other@example.com")


@both_languages
def test_before_anybody_has_an_entry_it_says_so(client: Client, language: str) -> None:
    assert {"ja": "まだ誰の提出もありません", "en": "Nobody has an entry here yet"}[language] in page(client, language)


def test_the_best_entry_of_each_person_is_shown(
    client: Client, user: User, other: User, graded_entry: Callable[..., Submission]
) -> None:
    graded_entry(user, ratio=0.9)
    best = graded_entry(user, ratio=0.3)
    graded_entry(user, ratio=0.6)
    graded_entry(other, ratio=0.5)

    assert {row.submission for row in Standing.objects.filter(owner=user)} == {best}
    assert Standing.objects.count() == 2


def test_below_the_gate_nothing_is_shown(user: User, graded_entry: Callable[..., Submission]) -> None:
    graded_entry(user, accuracy=0.5)

    assert not Standing.objects.exists()


def test_nobody_is_named_who_has_not_chosen_a_name(
    client: Client, user: User, graded_entry: Callable[..., Submission]
) -> None:
    graded_entry(user)

    text = page(client)

    assert "no name" in text
    assert user.email not in text


def test_a_name_is_chosen_and_taken_back(
    signed_in: Client, user: User, graded_entry: Callable[..., Submission]
) -> None:
    graded_entry(user)
    address = reverse("boards:name", args=["int8_fashion"])

    signed_in.post(address, {"name": "<軽量化の人>"})
    named = page(Client())
    signed_in.post(address, {"name": ""})

    assert "&lt;軽量化の人&gt;" in named
    assert not Nameplate.objects.exists()
    assert "軽量化の人" not in page(Client())


@both_languages
def test_the_reader_sees_rank_whom_it_dominates_and_by_whom_it_is_dominated(
    signed_in: Client, user: User, other: User, graded_entry: Callable[..., Submission], language: str
) -> None:
    graded_entry(user, ratio=0.85)
    graded_entry(other, ratio=0.5)
    graded_entry(User.objects.create_user("third@example.com"), ratio=0.95, accuracy=0.915)

    text = page(signed_in, language)

    assert {"ja": "あなたの順位：2 位", "en": "You: rank 2"}[language] in text
    assert text.count({"ja": "<dd>1 件</dd>", "en": "<dd>1 entries</dd>"}[language]) == 2


def test_the_plot_marks_the_readers_other_entries_the_baseline_and_what_is_asked_for(
    signed_in: Client, user: User, graded_entry: Callable[..., Submission]
) -> None:
    for ratio in (0.9, 0.3, 0.6):
        graded_entry(user, ratio=ratio)

    text = page(signed_in)

    assert text.count('<circle class="mine"') == text.count('<circle class="baseline"') == 1
    assert text.count('<circle class="history"') == 2
    assert text.count('<path class="asked"') == 2  # the gate and the size's par
    assert '<circle class="history"' not in page(Client())


def test_who_is_disqualified_leaves_the_board_and_the_next_best_entry_stands(
    client: Client, user: User, graded_entry: Callable[..., Submission]
) -> None:
    operator = User.objects.create_superuser("operator@example.com", "x")
    second, best = graded_entry(user, ratio=0.6), graded_entry(user, ratio=0.3)

    disqualify(best, operator, "why")

    assert Standing.objects.get().submission == second


def test_with_the_account_goes_the_place(user: User, graded_entry: Callable[..., Submission]) -> None:
    graded_entry(user)
    Nameplate.objects.create(owner=user, name="somebody")

    deletion.delete(user)

    assert not Standing.objects.exists()
    assert not Nameplate.objects.exists()


@pytest.mark.parametrize("query", ["?board=9", "?board=x", "?page=99", "?page=-1"])
def test_an_address_that_makes_no_sense_shows_the_board(
    client: Client, user: User, graded_entry: Callable[..., Submission], query: str
) -> None:
    graded_entry(user)

    assert "Ranking" in page(client, address=ADDRESS + query)


def test_there_is_no_board_for_a_challenge_that_is_not_there(client: Client) -> None:
    assert client.get("/boards/nothing/").status_code == 404
