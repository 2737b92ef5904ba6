"""What opens once an entry has passed: the editorial, and how answers in a follow-up interview sound."""

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from accounts.models import User
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from grader.report import Result
from submissions.models import Status, Submission

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
CLOSED = {"ja": "この課題に合格すると読めるようになります", "en": "opens once an entry of yours has passed"}


def editorial(client: Client, challenge_id: str, language: str) -> str:
    """The page."""
    address = reverse("submissions:afterwards", args=[challenge_id])
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def entry(owner: User, challenge_id: str, result: Result) -> Submission:
    """A graded submission."""
    return baker.make(Submission, owner=owner, challenge=challenge_id, status=Status.GRADED, result=result)


@both_languages
@pytest.mark.parametrize("challenge_id", sorted(catalogue()))
def test_who_has_passed_reads_everything(signed_in: Client, user: User, challenge_id: str, language: str) -> None:
    lessons = catalogue()[challenge_id].lessons()
    entry(user, challenge_id, Result.PASSED)

    text = editorial(signed_in, challenge_id, language)

    assert CLOSED[language] not in text
    assert ('<article class="prose"><' in text) == bool(lessons.editorial)
    assert text.count('<dl class="rubric">') == len(lessons.follow_ups)


@both_languages
@pytest.mark.parametrize("result", [Result.PARTIAL, Result.BELOW_GATE, Result.REJECTED, None])
def test_before_that_it_is_closed(
    signed_in: Client, user: User, spec: ChallengeSpec, result: Result | None, language: str
) -> None:
    if result:
        entry(user, spec.id, result)
    entry(User.objects.create_user("other@example.com"), spec.id, Result.PASSED)
    entry(user, "survive_int8", Result.PASSED)

    text = editorial(signed_in, spec.id, language)

    assert CLOSED[language] in text
    assert "<details" not in text


@both_languages
def test_the_challenge_leads_there_after_passing(
    signed_in: Client, user: User, spec: ChallengeSpec, language: str
) -> None:
    address, there = reverse("catalog:challenge", args=[spec.id]), reverse("submissions:afterwards", args=[spec.id])
    before = signed_in.get(address, headers={"accept-language": language}).content.decode()
    entry(user, spec.id, Result.PASSED)
    after = signed_in.get(address, headers={"accept-language": language}).content.decode()

    assert there not in before
    assert there in after


def test_a_stranger_is_asked_to_sign_in(client: Client, spec: ChallengeSpec) -> None:
    answer = client.get(reverse("submissions:afterwards", args=[spec.id]))

    assert answer["Location"].startswith("/accounts/login/")


def test_an_unknown_challenge_is_not_found(signed_in: Client) -> None:
    assert signed_in.get(reverse("submissions:afterwards", args=["nothing"])).status_code == 404
