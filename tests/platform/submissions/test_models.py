"""The state machine: every transition is one conditional UPDATE, and a worker that lost its lease changes nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from grader.report import Report
from grader.stages import Stage
from submissions.models import Phase, Status, Submission, Worker
from submissions.working import claimed

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]


def again(submission: Submission) -> Submission:
    """The same row, as another process reads it."""
    return Submission.objects.get(pk=submission.pk)


def lose_lease(submission: Submission) -> None:
    """Let the worker of a running row fall silent."""
    Submission.objects.filter(pk=submission.pk).update(lease_until=now() - timedelta(seconds=1))


def test_only_one_of_two_workers_claims_a_row(submission: Submission) -> None:
    first, second = again(submission), again(submission)

    assert first.claim()
    assert not second.claim()

    assert again(submission).status == Status.RUNNING
    assert again(submission).attempt == 1


def test_a_claim_takes_a_lease(submission: Submission, settings: Settings) -> None:
    settings.LEASE_S = 30

    submission.claim()

    lease_until = again(submission).lease_until
    assert lease_until
    assert timedelta(seconds=25) < lease_until - now() <= timedelta(seconds=30)


def test_it_does_not_claim_a_message_that_comes_late(submission: Submission) -> None:
    stale = again(submission)
    submission.claim()
    lose_lease(submission)
    Submission.objects.reap()

    assert not stale.claim()


def test_renewing_moves_the_lease_on(submission: Submission) -> None:
    submission.claim()
    lose_lease(submission)

    assert submission.renew_lease()

    assert not Submission.objects.filter(lease_until__lt=now()).exists()


def test_a_finished_row_keeps_report_result_and_points(submission: Submission, graded: MakeReport) -> None:
    report = graded()
    assert report.score
    submission.claim()

    assert submission.finish(report)

    row = again(submission)
    assert (row.status, row.result, row.points) == (Status.GRADED, report.result, report.score.points)
    assert row.report == report
    assert row.finished_at is not None


def test_a_rejected_entry_is_a_state_of_its_own(submission: Submission, rejected: Report) -> None:
    submission.claim()

    submission.finish(rejected)

    assert again(submission).status == Status.REJECTED
    assert again(submission).points is None


def test_a_worker_that_lost_its_lease_cannot_overwrite_its_successor(
    submission: Submission, graded: MakeReport
) -> None:
    late = again(submission)
    late.claim()
    lose_lease(late)
    Submission.objects.reap()
    successor = again(submission)
    successor.claim()

    assert not late.finish(graded())
    assert not late.fail("grader_crashed", {})
    assert not late.show_progress(Stage.TIME, 0.5)
    assert not late.renew_lease()

    assert successor.finish(graded(accuracy=0.80))
    assert again(submission).result == "below_gate"


def test_nothing_follows_a_final_state(submission: Submission, graded: MakeReport) -> None:
    submission.claim()
    submission.finish(graded())

    assert not submission.fail("grader_crashed", {})
    assert not submission.cancel()
    assert not again(submission).claim()
    assert not submission.retry_when_quieter()
    assert again(submission).status == Status.GRADED


def test_the_reaper_returns_a_silent_row_to_the_queue_once(submission: Submission) -> None:
    submission.claim()
    lose_lease(submission)

    Submission.objects.reap()

    row = again(submission)
    assert (row.status, row.losses, row.sent_at, row.stage) == (Status.QUEUED, 1, None, "")


def test_the_reaper_fails_a_row_that_was_lost_before(submission: Submission) -> None:
    for _ in range(2):
        lost = again(submission)
        lost.claim()
        lose_lease(lost)
        Submission.objects.reap()

    assert again(submission).status == Status.FAILED
    assert again(submission).failure_code == "worker_lost"


def test_the_reaper_leaves_a_living_worker_alone(submission: Submission) -> None:
    submission.claim()

    Submission.objects.reap()

    assert again(submission).status == Status.RUNNING


def test_a_noisy_measurement_goes_back_to_the_queue_once(submission: Submission) -> None:
    submission.claim()

    assert submission.retry_when_quieter()

    second = again(submission)
    second.claim()
    assert not second.retry_when_quieter()
    assert again(submission).status == Status.RUNNING


def test_only_a_waiting_submission_can_be_cancelled(submission: Submission) -> None:
    other = baker.make(Submission, owner=submission.owner)

    assert submission.cancel()
    other.claim()

    assert not other.cancel()
    assert again(submission).status == Status.CANCELLED
    assert not again(submission).claim()


@pytest.mark.parametrize(
    ("status", "is_charged"),
    [
        (Status.QUEUED, True),
        (Status.GRADED, True),
        (Status.REJECTED, True),
        (Status.FAILED, False),
        (Status.CANCELLED, False),
    ],
)
def test_our_failures_and_cancelled_ones_cost_no_attempt(
    user: User, settings: Settings, status: Status, is_charged: bool
) -> None:
    settings.DAILY_ATTEMPTS = 3
    baker.make(Submission, owner=user, challenge="c", status=status)

    assert Submission.objects.attempts_left(user, "c") == (2 if is_charged else 3)


def test_attempts_come_back_after_a_day(user: User, settings: Settings) -> None:
    settings.DAILY_ATTEMPTS = 1
    baker.make(Submission, owner=user, challenge="c", status=Status.GRADED, queued_at=now() - timedelta(hours=25))

    assert Submission.objects.attempts_left(user, "c") == 1


def test_attempts_are_counted_for_each_challenge_and_person(user: User, settings: Settings) -> None:
    settings.DAILY_ATTEMPTS = 1
    baker.make(Submission, owner=user, challenge="other")
    baker.make(Submission, challenge="c")

    assert Submission.objects.attempts_left(user, "c") == 1


def handed_in(owner: User, minutes_ago: float) -> Submission:
    """A submission that waits."""
    return baker.make(Submission, owner=owner, challenge="c", queued_at=now() - timedelta(minutes=minutes_ago))


def test_everybodys_first_comes_before_anybodys_second() -> None:
    busy, quick = (User.objects.create_user(f"{name}@example.com") for name in ("busy", "quick"))
    first, second, third = (handed_in(busy, minutes) for minutes in (30, 20, 10))
    other = handed_in(quick, 5)

    assert list(Submission.objects.waiting()) == [first, other, second, third]


def test_who_has_something_running_comes_after_those_who_have_nothing(user: User) -> None:
    handed_in(user, 30).claim()
    second = handed_in(user, 20)
    other = handed_in(User.objects.create_user("other@example.com"), 5)

    assert list(Submission.objects.waiting()) == [other, second]


def test_one_person_has_only_so_much_running_at_once(user: User, settings: Settings) -> None:
    settings.RUNNING_AT_ONCE = 2
    for minutes in (30, 20, 10):
        handed_in(user, minutes)

    began = [claimed(Submission.objects.all()) for _ in range(3)]

    assert [row is not None for row in began] == [True, True, False]


def test_each_phase_is_a_line_of_its_own(user: User) -> None:
    waits = handed_in(user, 30)
    waits.claim()
    waits.hand_on()

    assert claimed(Submission.objects.in_phase(Phase.EVALUATION)) is None
    assert claimed(Submission.objects.in_phase(Phase.TIMING)) == waits


def test_what_waits_beyond_all_reason_fails_and_costs_no_attempt(user: User, settings: Settings) -> None:
    settings.QUEUED_LIMIT_MIN = 60
    forgotten, fresh = handed_in(user, 61), handed_in(user, 59)

    Submission.objects.reap()

    assert (again(forgotten).status, again(forgotten).failure_code) == (Status.FAILED, "waited_too_long")
    assert again(fresh).status == Status.QUEUED
    assert Submission.objects.charged_today(user, "c").get() == fresh


def test_a_worker_that_never_ends_loses_its_row_though_it_keeps_the_lease(
    submission: Submission, settings: Settings
) -> None:
    settings.RUNNING_LIMIT_MIN = 15
    for _ in range(2):
        endless = again(submission)
        endless.claim()
        Submission.objects.update(started_at=now() - timedelta(minutes=16))
        Submission.objects.reap()
        assert not endless.renew_lease()

    assert (again(submission).status, again(submission).failure_code) == (Status.FAILED, "took_too_long")


def test_our_fault_sends_it_back_once(submission: Submission) -> None:
    submission.claim()
    submission.fail("grader_crashed", {})
    second = again(submission)

    second.claim()
    second.fail("grader_crashed", {})

    assert (second.attempt, second.losses) == (2, 1)
    assert again(submission).status == Status.FAILED


def test_a_row_without_a_message_is_unsent(submission: Submission) -> None:
    assert list(Submission.objects.unsent()) == [submission]

    submission.mark_sent()

    assert not Submission.objects.unsent().exists()


def test_a_message_that_was_sent_long_ago_counts_as_lost(submission: Submission, settings: Settings) -> None:
    Submission.objects.filter(pk=submission.pk).update(sent_at=now() - timedelta(seconds=settings.RESEND_AFTER_S + 1))

    assert list(Submission.objects.unsent()) == [submission]


def test_a_running_row_without_a_lease_is_refused_by_the_database(submission: Submission) -> None:
    with pytest.raises(IntegrityError):
        Submission.objects.filter(pk=submission.pk).update(status=Status.RUNNING)


def test_one_upload_is_one_row(submission: Submission) -> None:
    submission.pk = None

    with pytest.raises(IntegrityError):
        submission.save(force_insert=True)


def test_it_knows_which_workers_were_seen_lately() -> None:
    baker.make(Worker, name="here", seen_at=now())
    baker.make(Worker, name="gone", seen_at=now() - timedelta(minutes=5))

    assert [worker.name for worker in Worker.objects.alive()] == ["here"]
