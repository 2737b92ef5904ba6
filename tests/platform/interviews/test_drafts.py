"""Text that is saved while it is typed: nothing is lost, nothing is overwritten unseen."""

import pytest
from django.test import Client
from django.utils.timezone import now
from model_bakery import baker

from accounts.models import User
from interviews.drafts import LONGEST
from interviews.mock.models import Mock, Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def step(user: User) -> Step:
    """A step whose clock runs."""
    mock = Mock.objects.begin(user, 2, 15, [])
    step = baker.make(Step, mock=mock, position=0, question="pruning-threshold", allowed_s=240, text="")
    step.show(mock.started_at)
    return step


def save(client: Client, step: Step, revision: object, text: str) -> tuple[int, int]:
    """What autosave.js does: the status, and the revision that it is told."""
    answer = client.post(f"/interviews/mock/{step.mock_id}/{step.position}/save/", {"revision": revision, "text": text})
    return answer.status_code, answer.json()["revision"]


def test_what_is_typed_is_stored_step_by_step(signed_in: Client, step: Step) -> None:
    first = save(signed_in, step, 0, "First")
    second = save(signed_in, step, 1, "First I measure")

    step.refresh_from_db()
    assert (first, second) == ((200, 1), (200, 2))
    assert step.text == "First I measure"


def test_of_two_tabs_the_later_one_is_told_and_overwrites_nothing(signed_in: Client, step: Step) -> None:
    save(signed_in, step, 0, "from one tab")

    other = save(signed_in, step, 0, "from the other tab")

    step.refresh_from_db()
    assert other == (409, 1)
    assert step.text == "from one tab"


def test_a_save_whose_answer_was_lost_may_be_repeated(signed_in: Client, step: Step) -> None:
    save(signed_in, step, 0, "typed on a train")

    again = save(signed_in, step, 0, "typed on a train")

    assert again == (200, 1)


def test_a_revision_that_is_no_number_stores_nothing(signed_in: Client, step: Step) -> None:
    assert save(signed_in, step, "-1", "text")[0] == 409
    assert save(signed_in, step, "", "text")[0] == 409
    assert save(signed_in, step, "9" * 5000, "text")[0] == 409


def test_line_ends_stay_as_they_were_typed(signed_in: Client, step: Step) -> None:
    save(signed_in, step, 0, "one\r\ntwo")

    step.refresh_from_db()
    assert step.text == "one\ntwo"


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "a\0b"])
def test_what_no_page_lets_anybody_type_is_refused(signed_in: Client, step: Step, text: str) -> None:
    answer = signed_in.post(f"/interviews/mock/{step.mock_id}/0/save/", {"revision": 0, "text": text})

    step.refresh_from_db()
    assert (answer.status_code, step.text) == (400, "")


def test_a_text_that_was_closed_meanwhile_stays_as_it_is(step: Step) -> None:
    Step.objects.get(pk=step.pk).leave(now())

    assert not step.save_draft(0, {"text": "a moment too late"})
    assert step.text == ""


def test_a_script_is_told_that_the_session_has_ended(client: Client, step: Step) -> None:
    answer = client.post(f"/interviews/mock/{step.mock_id}/0/save/", {"revision": 0, "text": "typed"})

    assert answer.status_code == 403


def test_who_signs_in_again_comes_back_to_the_form(client: Client, step: Step) -> None:
    page = step.mock.get_absolute_url()
    answer = client.post(f"{page}0/leave/", {"text": "typed"}, headers={"referer": f"http://testserver{page}"})
    elsewhere = client.post(f"{page}0/leave/", {"text": "typed"}, headers={"referer": "http://example.com/trap"})

    assert answer["Location"] == f"/accounts/login/?next={page}"
    assert elsewhere["Location"] == "/accounts/login/?next=/"


def test_nobody_writes_into_somebody_elses_answer(client: Client, step: Step) -> None:
    client.force_login(baker.make(User, email="other@example.com"))

    answer = client.post(f"/interviews/mock/{step.mock_id}/0/save/", {"revision": 0, "text": "mine"})

    assert answer.status_code == 404
