"""Handing in, watching and taking back by program."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from grader.entry import Entry
from submissions.models import Status, Submission
from tests.platform.conftest import ONNX, MakeReport

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/submissions/"


def hand_in(client: APIClient, key: str = "", data: bytes = ONNX, challenge: str = "int8_fashion") -> object:
    """A form with a file, as curl sends it."""
    sent = {"challenge": challenge, "file": SimpleUploadedFile("entry.onnx", data)}
    return client.post(ADDRESS, sent, format="multipart", headers={"Idempotency-Key": key} if key else {})


def test_an_entry_is_handed_in_and_waits(mine: APIClient, user: User) -> None:
    answer = hand_in(mine)

    told = answer.json()
    row = Submission.objects.get()
    assert answer.status_code == 201
    assert (told["id"], told["status"], told["sha256"]) == (str(row.pk), "queued", Entry("", ONNX).sha256)
    assert told["wait"] == {"place": 1, "minutes": None}
    assert told["page"] == f"http://testserver/submissions/{row.pk}/"
    assert row.owner == user


def test_the_same_key_hands_in_once(mine: APIClient) -> None:
    first, again = hand_in(mine, "mine-1"), hand_in(mine, "mine-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Submission.objects.count() == 1


def test_without_a_key_every_request_hands_in(mine: APIClient) -> None:
    hand_in(mine)
    hand_in(mine)

    assert Submission.objects.count() == 2


def test_a_key_with_another_file_hands_that_one_in(mine: APIClient) -> None:
    hand_in(mine, "mine-1")

    assert hand_in(mine, "mine-1", ONNX + b"!").status_code == 201


def test_two_people_may_draw_the_same_key(mine: APIClient, theirs: APIClient) -> None:
    ids = {hand_in(client, "1").json()["id"] for client in (mine, theirs)}

    assert len(ids) == 2


@pytest.mark.parametrize(("language", "word"), [("ja", "ファイル"), ("en", "file")])
def test_what_the_grader_refuses_unopened_is_refused_in_its_words(mine: APIClient, language: str, word: str) -> None:
    mine.credentials(**mine._credentials | {"HTTP_ACCEPT_LANGUAGE": language})

    answer = hand_in(mine, data=b"")

    told = answer.json()
    assert answer.status_code == 422
    assert told["code"] == "file_empty"
    assert word in told["message"]
    assert told["hint"]
    assert not Submission.objects.exists()


@pytest.mark.parametrize("challenge", ["", "No Such", "no_such"])
def test_a_challenge_that_is_not_there_is_refused(mine: APIClient, challenge: str) -> None:
    assert hand_in(mine, challenge=challenge).status_code in (400, 404)


def test_too_many_attempts_say_when_there_will_be_one(mine: APIClient, settings: Settings) -> None:
    settings.DAILY_ATTEMPTS = 1
    hand_in(mine)
    Submission.objects.update(queued_at=now() - timedelta(hours=23))

    answer = hand_in(mine)

    assert answer.status_code == 429
    assert answer.json()["code"] == "no_attempts_left"
    assert 3500 < int(answer["Retry-After"]) <= 3600


def test_what_is_asked_too_often_says_how_long_to_wait(mine: APIClient, settings: Settings) -> None:
    settings.API_RATES = {"anon": "2/min", "user": "2/min"}

    answers = [mine.get("/api/v1/me/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "throttled"


def test_visitors_are_slowed_down_by_address(client: APIClient, settings: Settings) -> None:
    settings.API_RATES = {"anon": "1/min", "user": "1/min"}

    answers = [
        client.get("/api/v1/challenges/", REMOTE_ADDR=address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")
    ]

    assert [answer.status_code for answer in answers] == [200, 429, 200]


def test_the_list_is_the_askers_own_newest_first_and_can_be_narrowed(
    mine: APIClient, theirs: APIClient, submission: Submission
) -> None:
    hand_in(theirs)
    hand_in(mine, challenge="survive_int8")

    told = mine.get(ADDRESS).json()
    narrowed = mine.get(ADDRESS, {"challenge": "int8_fashion", "status": "queued"}).json()

    assert [row["challenge"] for row in told["results"]] == ["survive_int8", "int8_fashion"]
    assert [row["id"] for row in narrowed["results"]] == [str(submission.pk)]


def test_a_filter_that_means_nothing_is_refused(mine: APIClient) -> None:
    answer = mine.get(ADDRESS, {"status": "lost"})

    assert answer.status_code == 400
    assert "status" in answer.json()["invalid"]


def test_a_graded_entry_has_its_report_as_it_was_measured(
    mine: APIClient, submission: Submission, graded: MakeReport
) -> None:
    address = f"{ADDRESS}{submission.pk}/"
    before = mine.get(f"{address}report/")
    submission.claim()
    submission.finish(graded())

    told, report = mine.get(address).json(), mine.get(f"{address}report/")

    assert before.status_code == 404
    assert (told["status"], told["result"], told["wait"]) == ("graded", "passed", None)
    assert report.content == graded().to_json()


def test_a_failure_of_ours_says_so(mine: APIClient, submission: Submission) -> None:
    Submission.objects.update(status=Status.FAILED, failure_code="grader_crashed")

    assert "grader" in mine.get(f"{ADDRESS}{submission.pk}/").json()["failure"]["message"].lower()


def test_what_waits_can_be_taken_back_once(mine: APIClient, submission: Submission) -> None:
    answers = [mine.post(f"{ADDRESS}{submission.pk}/cancel/") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[0].json()["status"] == "cancelled"


def test_a_stored_file_is_graded_again_until_it_is_removed(mine: APIClient, graded: MakeReport) -> None:
    first = hand_in(mine).json()["id"]
    row = Submission.objects.get()
    row.claim()
    row.finish(graded())

    again = mine.post(f"{ADDRESS}{first}/again/")
    mine.post(f"{ADDRESS}{again.json()['id']}/cancel/")
    removed = [mine.delete(f"{ADDRESS}{first}/file/").status_code for _ in range(2)]

    assert again.status_code == 201
    assert removed == [204, 409]
    assert mine.post(f"{ADDRESS}{first}/again/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_address_that_is_not_there_answers_as_the_rest_does(mine: APIClient, method: str) -> None:
    answer = getattr(mine, method)("/api/v1/nothing/here/")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
