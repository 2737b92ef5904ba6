"""A claim that others see is measured again with each new runtime and formula, and its page says what came of it."""

import html
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now
from model_bakery import baker

from accounts.models import User
from grader.entry import Entry
from grader.evaluation import entry_facts
from grader.measure.environment import describe
from grader.report import Finding, Report, Result
from portfolio import tasks
from portfolio.ageing import due
from portfolio.ageing.checks import Outcome, ages
from portfolio.ageing.versions import Versions
from portfolio.claims.text import Register
from portfolio.models import Claim, Page
from submissions.models import Submission, Worker
from submissions.remeasurements.models import Remeasurement

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
OLD, NEW = "ONNX Runtime 1.31.0", "ONNX Runtime 1.33.0"
in_both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def with_runtime(report: Report, runtime: str) -> Report:
    """As if this had measured it."""
    return replace(report, entry=replace(report.entry, runtime=runtime))


def store(submission: Submission, report: Report) -> None:
    """Let it be the report that stands."""
    Submission.objects.filter(pk=submission.pk).update(report_json=report.to_json().decode())


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What is installed here: from the beginning, a new runtime."""

    def install(version: str) -> None:
        monkeypatch.setattr("grader.runtimes.base.Runtime.version", lambda _: version)

    install("1.33.0")
    return install


@pytest.fixture(autouse=True)
def data_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not it is on the machine of the test."""
    monkeypatch.setattr("portfolio.ageing.due.absent", lambda _: None)


@pytest.fixture
def worker() -> Worker:
    """One that lives and grades."""
    lines = ["evaluation", "timing"]
    return baker.make(Worker, name="w", seen_at=now(), lines=lines, environment=describe(""))


@pytest.fixture
def public(portfolio: Page, worker: Worker, graded: MakeReport) -> Page:
    """Open to all, with a claim that is shown and one that is not, both from before."""
    Page.objects.update(is_public=True)
    for claim in Claim.objects.select_related("submission"):
        store(claim.submission, with_runtime(graded(ratio=0.3), OLD))
    return Page.objects.get()


@pytest.fixture
def shown(public: Page) -> Claim:
    """The claim that is shown."""
    return Claim.objects.get(is_shown=True)


def asked() -> list[tuple[str, str]]:
    """For which versions remeasurements were asked."""
    return list(Remeasurement.objects.order_by("queued_at").values_list("runtime", "formula"))


def measured_again(claim: Claim, report: Report) -> None:
    """As a worker does it."""
    tasks.remeasure()
    row = Remeasurement.objects.get(submission=claim.submission)
    assert row.claim()
    assert row.finish(report)


def page(language: str = "en") -> str:
    """What others see."""
    return Client().get("/p/karuko/", headers={"accept-language": language}).content.decode()


def test_a_claim_that_others_see_is_measured_with_a_new_runtime(shown: Claim) -> None:
    tasks.remeasure()

    assert asked() == [(NEW, "karui-1")]
    assert Remeasurement.objects.get().submission == shown.submission


def test_a_claim_that_others_see_is_measured_with_a_new_formula(
    shown: Claim, installed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("1.31.0")
    tasks.remeasure()
    before = asked()
    for module in ("versions", "due"):
        monkeypatch.setattr(f"portfolio.ageing.{module}.FORMULA", "karui-2")

    tasks.remeasure()

    assert before == []
    assert asked() == [(OLD, "karui-2")]


def test_runtimes_are_called_as_reports_call_them() -> None:
    versions = Versions.of_today("onnx")

    assert versions
    assert versions.runtime == entry_facts(Entry("entry.onnx", b"")).runtime


def test_nothing_is_asked_where_the_runtime_is_not_installed(shown: Claim, installed: Callable[[str], None]) -> None:
    installed("")

    tasks.remeasure()

    assert asked() == []
    assert ages([shown])[0][1].checks == ()


@pytest.mark.parametrize(
    "hide",
    [
        lambda: Page.objects.update(is_public=False),
        lambda: Claim.objects.update(is_shown=False),
        lambda: Submission.objects.update(disqualified=True),
        lambda: Submission.objects.update(file_removed_at=now()),
        lambda: Submission.objects.update(version=99),
        lambda: Submission.objects.update(challenge="gone"),
    ],
    ids=["private", "hidden", "disqualified", "file removed", "other version", "no such challenge"],
)
def test_what_nobody_sees_or_can_measure_is_not_due(shown: Claim, hide: Callable[[], int]) -> None:
    hide()

    tasks.remeasure()

    assert asked() == []


def test_nobody_asks_twice_for_the_same(shown: Claim, graded: MakeReport, installed: Callable[[str], None]) -> None:
    measured_again(shown, with_runtime(graded(ratio=0.3), NEW))
    tasks.remeasure()
    once = asked()
    installed("1.34.0")

    tasks.remeasure()

    assert once == [(NEW, "karui-1")]
    assert asked() == [*once, ("ONNX Runtime 1.34.0", "karui-1")]


def test_nobody_asks_again_for_what_failed(shown: Claim) -> None:
    tasks.remeasure()
    Remeasurement.objects.update(status="failed", failure_code="worker_lost")

    tasks.remeasure()

    assert len(asked()) == 1


def test_few_are_asked_for_at_once_the_oldest_first(
    shown: Claim, user: User, passed: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portfolio.ageing.due.AT_ONCE", 2)
    older = [passed(user) for _ in range(3)]
    for days, submission in enumerate(older):
        Claim.objects.create(owner=user, submission=submission, is_shown=True)
        Submission.objects.filter(pk=submission.pk).update(finished_at=now() - timedelta(days=1 + days))

    tasks.remeasure()
    tasks.remeasure()
    first = set(Remeasurement.objects.values_list("submission", flat=True))
    Remeasurement.objects.update(status="done")
    tasks.remeasure()

    assert first == {older[2].pk, older[1].pk}
    assert set(Remeasurement.objects.values_list("submission", flat=True)) == {
        shown.submission_id,
        *(submission.pk for submission in older),
    }


@pytest.mark.parametrize(
    "lag",
    [
        lambda worker: worker.environment.update(onnxruntime="1.31.0"),
        lambda worker: setattr(worker, "seen_at", now() - timedelta(hours=1)),
    ],
    ids=["old runtime", "silent"],
)
def test_nothing_is_asked_of_workers_that_could_not_answer(
    shown: Claim, worker: Worker, lag: Callable[[Worker], None]
) -> None:
    lag(worker)
    worker.save()

    tasks.remeasure()

    assert asked() == []


def test_what_waits_for_a_runtime_that_has_gone_is_not_measured(shown: Claim, installed: Callable[[str], None]) -> None:
    tasks.remeasure()
    installed("1.34.0")

    tasks.remeasure()

    assert asked() == [("ONNX Runtime 1.34.0", "karui-1")]


HOLDS = {"ja": "現在もこの結果が成り立つ", "en": "the result still holds"}
NO_LONGER = {"ja": "成り立たなくなっていました", "en": "the result no longer holds"}


@in_both_languages
def test_a_page_says_that_a_claim_still_holds(shown: Claim, graded: MakeReport, language: str) -> None:
    measured_again(shown, with_runtime(graded(ratio=0.3), NEW))

    text = page(language)

    assert HOLDS[language] in text
    for figure in (OLD, NEW, "karui-1", f"{shown.facts.measured_on:%Y-%m-%d}"):
        assert figure in text


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ({"accuracy": 0.85}, {"ja": "精度が基準を下回りました", "en": "The accuracy is below the gate"}),
        ({"ratio": 0.9}, {"ja": "当時の速度に届きません", "en": "The speed is not reached any more"}),
    ],
    ids=["accuracy", "speed"],
)
@in_both_languages
def test_a_page_says_that_a_claim_no_longer_holds_and_why(
    shown: Claim, graded: MakeReport, worse: dict[str, float], why: dict[str, str], language: str
) -> None:
    measured_again(shown, with_runtime(graded(**{"ratio": 0.3, **worse}), NEW))

    text = page(language)

    assert NO_LONGER[language] in text
    assert why[language] in text
    assert HOLDS[language] not in text


@in_both_languages
def test_a_page_says_why_an_entry_is_refused_now(shown: Claim, rejected: Report, language: str) -> None:
    measured_again(shown, with_runtime(rejected, NEW))

    assert {"ja": "現在は採点の対象外", "en": "The grader refuses the entry now"}[language] in page(language)


@in_both_languages
def test_a_page_says_what_another_processor_could_not_tell(shown: Claim, graded: MakeReport, language: str) -> None:
    slower = replace(with_runtime(graded(ratio=0.9), NEW), environment={"cpu_model": "Another CPU"})
    measured_again(shown, slower)

    text = page(language)

    assert HOLDS[language] in text
    assert {"ja": "別のプロセッサー（Another CPU）", "en": "another processor (Another CPU)"}[language] in text


@in_both_languages
def test_a_page_says_that_a_refusal_on_another_processor_proves_nothing(
    shown: Claim, rejected: Report, language: str
) -> None:
    measured_again(shown, replace(with_runtime(rejected, NEW), environment={"cpu_model": "Another CPU"}))

    assert {"ja": "判断できません", "en": "nothing follows from it"}[language] in page(language)


@in_both_languages
def test_a_page_says_that_a_measurement_waits(shown: Claim, language: str) -> None:
    tasks.remeasure()

    assert {"ja": f"{NEW} と採点式 karui-1 での再計測が順番を待って", "en": "is in the queue"}[language] in page(
        language
    )


@in_both_languages
def test_a_page_says_that_nobody_has_asked_yet(shown: Claim, language: str) -> None:
    assert {"ja": "まだ再計測していません", "en": "has not been measured yet"}[language] in page(language)


def lose_the_file() -> None:
    """As retention does."""
    Submission.objects.update(file_removed_at=now())


def change_the_challenge() -> None:
    """The entry is of another version then."""
    Submission.objects.update(version=99)


def fail_the_measurement() -> None:
    """As a worker that dies twice."""
    tasks.remeasure()
    Remeasurement.objects.update(status="failed", failure_code="worker_lost")


@pytest.mark.parametrize(
    ("prevent", "words"),
    [
        (lose_the_file, {"ja": "モデルファイルが削除されている", "en": "the model file was removed"}),
        (change_the_challenge, {"ja": "課題の版が変わった", "en": "the challenge has another version"}),
        (fail_the_measurement, {"ja": "再計測はできませんでした", "en": "The grading process stopped twice"}),
    ],
)
@in_both_languages
def test_a_page_says_why_nothing_can_be_measured(
    shown: Claim, prevent: Callable[[], None], words: dict[str, str], language: str
) -> None:
    prevent()

    assert words[language] in page(language)


def test_a_claim_of_today_has_its_date_and_nothing_else(shown: Claim, graded: MakeReport) -> None:
    store(shown.submission, with_runtime(graded(ratio=0.3), NEW))

    text = page()

    assert f"Verified with {NEW} and formula karui-1 on {shown.facts.measured_on:%Y-%m-%d}" in text
    assert ages([Claim.objects.get(pk=shown.pk)])[0][1].checks == ()


@in_both_languages
def test_the_owner_sees_it_of_hidden_claims_as_well(signed_in: Client, shown: Claim, language: str) -> None:
    Claim.objects.update(is_shown=False)

    text = signed_in.get("/portfolio/", headers={"accept-language": language}).content.decode()

    assert text.count({"ja": "まだ再計測していません", "en": "has not been measured yet"}[language]) == 2


def test_the_evidence_has_the_report_that_says_so(shown: Claim, graded: MakeReport) -> None:
    again = with_runtime(graded(ratio=0.9), NEW)
    measured_again(shown, again)

    [claim] = json.loads(Client().get("/p/karuko/evidence.json").content)["claims"]

    [check] = claim["age"]["checks"]
    assert claim["age"]["verified_with"] == {"runtime": OLD, "formula": "karui-1"}
    assert (check["outcome"], check["shortfalls"]) == (Outcome.NO_LONGER, ["speed"])
    assert check["with"] == {"runtime": NEW, "formula": "karui-1"}
    assert Report.from_json(json.dumps(check["report"])) == again
    assert Report.from_json(json.dumps(claim["report"])).entry.runtime == OLD


def test_what_was_measured_of_a_hidden_claim_stays_hidden(shown: Claim, graded: MakeReport) -> None:
    measured_again(shown, with_runtime(replace(graded(ratio=0.9), reasons=(Finding("x", {"y": "secret"}),)), NEW))
    Claim.objects.update(is_shown=False)

    assert NEW not in page()
    assert "secret" not in Client().get("/p/karuko/evidence.json").content.decode()


def test_the_entry_keeps_its_verdict_its_points_and_its_sentence(shown: Claim, graded: MakeReport) -> None:
    before = Submission.objects.filter(pk=shown.submission_id).values().get()
    said = shown.sentence(Register.RESUME, "en")

    measured_again(shown, with_runtime(graded(accuracy=0.85, ratio=0.9), NEW))

    assert Submission.objects.filter(pk=shown.submission_id).values().get() == before
    assert before["result"] == Result.PASSED
    assert said in html.unescape(page())


def test_beat_knows_the_task() -> None:
    from config.celery import app

    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert tasks.remeasure.name in scheduled
    assert due.AT_ONCE > 0
