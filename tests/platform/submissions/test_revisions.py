"""Operators change results: never without a trace, never below live work, and twice is harmless."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from accounts.models import User
from grader.evaluation import Evaluated
from grader.report import Report, Result
from skills.models import Evidence
from submissions import grading, tasks
from submissions.evidence import record_evidence
from submissions.models import Status, Submission
from submissions.revisions.changes import Rescoring, apply, disqualify, reinstate, rescored
from submissions.revisions.models import Change, Rejudgement, Revision

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
ADMIN = "admin:submissions_submission_changelist"


@pytest.fixture
def operator() -> User:
    """Somebody who may do everything."""
    return User.objects.create_superuser("operator@example.com", "a long enough pass phrase")


@pytest.fixture
def done(submission: Submission, graded: MakeReport) -> Submission:
    """A submission that has passed."""
    submission.claim()
    assert grading.finish(submission, graded())
    submission.refresh_from_db()
    return submission


@pytest.fixture
def judge_says(monkeypatch: pytest.MonkeyPatch, evaluated: Evaluated) -> Callable[[Report], None]:
    """A judge for rejudgements."""
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)
    monkeypatch.setattr("submissions.files.load", lambda _: None)
    monkeypatch.setattr("submissions.grading.judge.evaluate", lambda *_: evaluated)

    def install(report: Report) -> None:
        monkeypatch.setattr("submissions.grading.judge.time", lambda *_: report)

    return install


def grade() -> None:
    """What two workers do with whatever is next."""
    tasks.evaluate()
    tasks.time()


def test_a_rejudgement_replaces_the_result_and_keeps_the_one_before(
    done: Submission, operator: User, graded: MakeReport, judge_says: Callable[[Report], None]
) -> None:
    before = done.report
    judge_says(graded(accuracy=0.85))

    assert Rejudgement.objects.begin(done, operator, "a fault in the data set")
    grade()

    done.refresh_from_db()
    [trace] = done.revisions.all()
    assert done.result == Result.BELOW_GATE
    assert (trace.change, trace.by, trace.reason) == (Change.REJUDGED, operator, "a fault in the data set")
    assert (trace.result, trace.points) == (before.result, before.score.points if before.score else None)
    assert Report.from_json(trace.report_json) == before
    assert not Evidence.objects.of(done.owner).exists()  # it no longer passes


def test_the_old_result_stands_until_there_is_a_new_one(done: Submission, operator: User) -> None:
    Rejudgement.objects.begin(done, operator, "why")

    done.refresh_from_db()
    assert (done.status, done.result) == (Status.GRADED, Result.PASSED)


def test_rejudging_twice_is_harmless(
    done: Submission, operator: User, graded: MakeReport, judge_says: Callable[[Report], None]
) -> None:
    judge_says(graded())

    began = [Rejudgement.objects.begin(done, operator, "why") for _ in range(2)]
    grade()
    grade()

    assert began == [True, False]
    assert done.revisions.count() == 1
    done.refresh_from_db()
    assert done.result == Result.PASSED


def test_a_rejudgement_that_fails_leaves_the_result_alone(
    done: Submission, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: 1 / 0)
    Rejudgement.objects.begin(done, operator, "why")

    tasks.evaluate()
    tasks.evaluate()

    done.refresh_from_db()
    assert Rejudgement.objects.get().status == "failed"
    assert (done.status, done.revisions.count()) == (Status.GRADED, 0)


def test_what_people_wait_for_comes_before_what_operators_want(
    done: Submission, operator: User, graded: MakeReport, judge_says: Callable[[Report], None]
) -> None:
    judge_says(graded())
    Rejudgement.objects.begin(done, operator, "why")
    live = baker.make(Submission, challenge="int8_fashion")

    tasks.evaluate()

    assert Submission.objects.get(pk=live.pk).phase == "timing"
    assert Rejudgement.objects.get().attempt == 0


def test_points_are_computed_anew_without_a_sandbox(
    done: Submission, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.scoring.ACCURACY_WEIGHT", 0.0)  # as if the formula had changed
    points_before = done.points

    found = rescored(done)
    assert found
    apply(found, operator, "a new formula")

    done.refresh_from_db()
    assert done.points == found.points != points_before
    assert done.revisions.get().points == points_before
    assert rescored(done) is None  # a second time changes nothing


def test_an_entry_of_another_version_of_the_challenge_keeps_its_points(
    done: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = replace(done.report, challenge_version=0)
    Submission.objects.update(report_json=older.to_json().decode())
    monkeypatch.setattr("grader.scoring.ACCURACY_WEIGHT", 0.0)

    assert rescored(Submission.objects.get()) is None


def test_who_is_disqualified_counts_for_nothing_until_that_is_taken_back(done: Submission, operator: User) -> None:
    assert disqualify(done, operator, "somebody else's model")
    assert not disqualify(done, operator, "again")
    passed_meanwhile = Submission.objects.has_passed(done.owner, done.challenge)
    evidence_meanwhile = Evidence.objects.of(done.owner).exists()
    done.refresh_from_db()
    reinstate(done, operator, "it was theirs")

    assert not passed_meanwhile
    assert not evidence_meanwhile
    assert Submission.objects.has_passed(done.owner, done.challenge)
    assert Evidence.objects.of(done.owner).exists()
    assert [row.change for row in done.revisions.all()] == [Change.REINSTATED, Change.DISQUALIFIED]


@pytest.mark.parametrize(("language", "words"), [("ja", "失格：この結果は"), ("en", "Disqualified: it counts")])
def test_the_page_says_what_was_changed_and_why(
    signed_in: Client, done: Submission, operator: User, language: str, words: str
) -> None:
    disqualify(done, operator, "somebody else's model")

    page = signed_in.get(done.get_absolute_url(), headers={"accept-language": language}).content.decode()

    assert words in page
    assert "somebody else&#x27;s model" in page
    assert operator.email not in page


@pytest.mark.parametrize("action", ["rejudge", "rescore", "disqualify"])
def test_an_operator_sees_what_would_change_before_saying_why(
    client: Client, done: Submission, operator: User, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr("grader.scoring.ACCURACY_WEIGHT", 0.0)
    client.force_login(operator)
    chosen = {"action": action, "_selected_action": [str(done.pk)]}

    preview = client.post(reverse(ADMIN), chosen).content.decode()
    unsaid = client.post(reverse(ADMIN), {**chosen, "apply": "1", "reason": ""}).status_code
    changed_before = Revision.objects.exists() or Rejudgement.objects.exists()
    said = client.post(reverse(ADMIN), {**chosen, "apply": "1", "reason": "because"})

    assert str(done.pk) in preview
    assert (unsaid, changed_before, said.status_code) == (200, False, 302)
    assert Revision.objects.exists() or Rejudgement.objects.exists()


def test_staff_who_may_only_look_change_nothing(client: Client, done: Submission) -> None:
    from django.contrib.auth.models import Permission

    looker = User.objects.create_user("looker@example.com", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_submission"))
    client.force_login(looker)

    client.post(
        reverse(ADMIN), {"action": "disqualify", "_selected_action": [str(done.pk)], "apply": "1", "reason": "x"}
    )

    assert not Revision.objects.exists()


def test_evidence_follows_the_result(done: Submission, graded: MakeReport) -> None:
    record_evidence(done, graded(accuracy=0.85))

    assert not Evidence.objects.of(done.owner).exists()


def test_points_anew_give_no_evidence_to_who_is_disqualified(
    done: Submission, operator: User, graded: MakeReport
) -> None:
    disqualify(done, operator, "copied")
    other_targets = graded(accuracy=0.93)

    apply(Rescoring(done, other_targets), operator, "new targets")

    assert not Evidence.objects.of(done.owner).exists()
