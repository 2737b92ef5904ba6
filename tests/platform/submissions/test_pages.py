"""What readers see of submissions, in both languages, and what others do not see."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from grader.report import (
    SQNR_CEILING_DB,
    Diagnosis,
    Finding,
    LayerNoise,
    LayerSensitivity,
    Ledger,
    Report,
    RuleFacts,
)
from grader.stages import Stage
from submissions.models import Status, Submission

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def page(client: Client, submission: Submission, language: str = "en") -> str:
    """The page of a submission."""
    answer = client.get(submission.get_absolute_url(), headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.content.decode()
    return answer.content.decode()


@pytest.fixture
def finished(submission: Submission) -> Callable[[Report], Submission]:
    """The submission once it has this report."""

    def finish(report: Report) -> Submission:
        submission.claim()
        submission.finish(report)
        return submission

    return finish


@both_languages
@pytest.mark.parametrize(
    ("how_good", "verdict"),
    [
        ({}, {"ja": "合格", "en": "Passed"}),
        ({"ratio": 1.4}, {"ja": "一部合格", "en": "Partly passed"}),
        ({"accuracy": 0.85}, {"ja": "精度基準未達", "en": "Below the gate"}),
    ],
)
def test_a_report_shows_verdict_score_and_measurements(
    signed_in: Client,
    finished: Callable[[Report], Submission],
    graded: MakeReport,
    how_good: dict[str, float],
    verdict: dict[str, str],
    language: str,
) -> None:
    report = graded(**how_good)
    assert report.score
    assert report.measured

    text = page(signed_in, finished(report), language)

    assert verdict[language] in text
    assert f"{report.score.points:.1f}" in text
    assert f"{100 * report.measured.accuracy.value:.2f} %" in text
    assert f"×{report.measured.latency.interval[1]:.3f}" in text
    assert "329.6 KiB" in text  # the size inside
    assert "GlobalAveragePool" in text  # the node that ran in float
    assert text.count('class="slice"') == 5 * 8  # every raw sample is drawn


@both_languages
def test_gold_and_the_rules_that_hold_are_shown(
    signed_in: Client, finished: Callable[[Report], Submission], graded: MakeReport, language: str
) -> None:
    report = graded()
    assert report.measured
    held = (
        RuleFacts(name="weights", kind="baseline"),
        RuleFacts(name="max_macs", limit=15_000_000, measured=12_500_000),
    )
    report = replace(report, gold=True, measured=replace(report.measured, rules=held))
    submission = finished(report)

    text = page(signed_in, submission, language)
    listed = signed_in.get(reverse("submissions:mine"), headers={"accept-language": language}).content.decode()

    badge = f'<span class="badge gold">{ {"ja": "ゴールド", "en": "Gold"}[language] }</span>'
    assert badge in text
    assert badge in listed
    assert {"ja": "満たしたルール", "en": "Rules that hold"}[language] in text
    assert "12,500,000" in text
    assert "15,000,000" in text


def looked_into(report: Report) -> Report:
    """A report with a diagnosis of two layers, one of which is not matched."""
    diagnosis = Diagnosis(
        items=64,
        layers=(
            LayerNoise(name="conv1", op="Conv", entry="conv1_q", bits=8, weights_sqnr_db=41.26, output_sqnr_db=12.34),
            LayerNoise(name="gone", op="Conv"),
        ),
        worst=("conv1",),
        sensitivity=(
            LayerSensitivity(
                name="conv1",
                op="Conv",
                elements=144,
                int8_sqnr_db=SQNR_CEILING_DB,
                int8_changed=0.0,
                int4_sqnr_db=9.87,
                int4_changed=0.25,
            ),
        ),
        ledger=Ledger(
            file_bytes=1000,
            tensor_bytes={"int8": 600, "float32": 100},
            duplicate_bytes=50,
            metadata_bytes=20,
            structure_bytes=230,
            duplicates=("conv1.bias",),
        ),
        float_fallbacks=("pool_in_float",),
        dead_qdq=("dead_pair",),
    )
    return replace(report, diagnosis=diagnosis)


@both_languages
def test_the_diagnosis_stands_in_a_fold_whose_line_says_the_worst(
    signed_in: Client, finished: Callable[[Report], Submission], graded: MakeReport, language: str
) -> None:
    text = page(signed_in, finished(looked_into(graded())), language)

    fold = text[text.index('<details class="diagnosis">') :]
    summary = fold[: fold.index("</summary>")]
    assert "conv1" in summary
    assert "12.3 dB" in summary
    for shown in ("41.3 dB", "9.9 dB", "25.00 %", "∞", "conv1.bias", "pool_in_float", "dead_pair", "1,000"):
        assert shown in fold
    assert {"ja": "対応なし", "en": "not matched"}[language] in fold


@both_languages
def test_a_diagnosis_that_could_not_be_made_says_why(
    signed_in: Client, finished: Callable[[Report], Submission], graded: MakeReport, language: str
) -> None:
    failed = Diagnosis(failure=Finding("output_not_finite", {"items": 7, "total": 64}))

    text = page(signed_in, finished(replace(graded(), diagnosis=failed)), language)

    assert "NaN" in text
    assert 'class="diagnosis"' in text


def test_what_to_try_next_is_one_paragraph(
    signed_in: Client, finished: Callable[[Report], Submission], graded: MakeReport
) -> None:
    text = page(signed_in, finished(graded(accuracy=0.85)))

    assert text.count('<p class="paragraph">') == 1


@both_languages
def test_a_rejected_entry_is_told_what_was_wrong_and_what_to_do(
    signed_in: Client, finished: Callable[[Report], Submission], rejected: Report, language: str
) -> None:
    text = page(signed_in, finished(rejected), language)

    assert {"ja": "採点できません", "en": "Not graded"}[language] in text
    assert "NaN" in text
    assert "5000" in text


@both_languages
def test_our_failure_says_that_it_is_ours(signed_in: Client, submission: Submission, language: str) -> None:
    submission.claim()
    Submission.objects.update(losses=1)  # it was tried once more
    submission.fail("grader_crashed", {})

    text = page(signed_in, submission, language)

    assert {"ja": "原因はこちら側にあります", "en": "This is our mistake, not yours"}[language] in text
    assert {"ja": "回数に数えません", "en": "This attempt is not counted"}[language] in text


@both_languages
def test_a_missing_sandbox_tells_the_operator_what_to_do(
    signed_in: Client, submission: Submission, language: str
) -> None:
    submission.claim()
    Submission.objects.update(losses=1)  # it was tried once more
    submission.fail("sandbox_no_bubblewrap", {"fix": "apt-get install bubblewrap"})

    assert "apt-get install bubblewrap" in page(signed_in, submission, language)


@both_languages
def test_a_waiting_submission_can_be_cancelled_from_its_page(
    signed_in: Client, submission: Submission, language: str
) -> None:
    assert reverse("submissions:cancel", args=[submission.pk]) in page(signed_in, submission, language)

    signed_in.post(reverse("submissions:cancel", args=[submission.pk]))

    assert {"ja": "取り消しました", "en": "You took this one back"}[language] in page(signed_in, submission, language)


def test_cancelling_needs_a_post(signed_in: Client, submission: Submission) -> None:
    assert signed_in.get(reverse("submissions:cancel", args=[submission.pk])).status_code == 405


def test_htmx_gets_only_the_part_that_moves(signed_in: Client, submission: Submission) -> None:
    submission.claim()
    submission.show_progress(Stage.INFER, 0.25)

    answer = signed_in.get(submission.get_absolute_url(), headers={"HX-Request": "true"})

    text = answer.content.decode()
    assert "<html" not in text
    assert 'value="0.250"' in text
    assert "HX-Request" in answer["Vary"]


def test_htmx_is_told_to_load_the_page_again_at_the_end(
    signed_in: Client, finished: Callable[[Report], Submission], graded: MakeReport
) -> None:
    answer = signed_in.get(finished(graded()).get_absolute_url(), headers={"HX-Request": "true"})

    assert answer["HX-Refresh"] == "true"


def test_the_stage_of_the_graders_quantization_shows_only_where_it_happens(
    signed_in: Client, submission: Submission
) -> None:
    assert "Quantizing" not in page(signed_in, submission)

    Submission.objects.update(challenge="survive_int8")

    assert "Quantizing" in page(signed_in, submission)


def test_the_report_downloads_as_it_was_measured(
    signed_in: Client, finished: Callable[[Report], Submission], graded: MakeReport
) -> None:
    report = graded()

    answer = signed_in.get(reverse("submissions:report_json", args=[finished(report).pk]))

    assert answer.content == report.to_json()
    assert "attachment" in answer["Content-Disposition"]


def test_there_is_no_report_before_the_end(signed_in: Client, submission: Submission) -> None:
    assert signed_in.get(reverse("submissions:report_json", args=[submission.pk])).status_code == 404


@pytest.mark.parametrize("name", ["detail", "report_json", "cancel"])
def test_the_submission_of_somebody_else_does_not_exist(client: Client, submission: Submission, name: str) -> None:
    client.force_login(User.objects.create_user("other@example.com"))
    address = reverse(f"submissions:{name}", args=[submission.pk])

    answer = client.post(address) if name == "cancel" else client.get(address)

    assert answer.status_code == 404
    submission.refresh_from_db()
    assert submission.status == Status.QUEUED


@pytest.mark.parametrize("name", ["detail", "report_json", "mine", "upload"])
def test_a_stranger_is_asked_to_sign_in(client: Client, submission: Submission, name: str) -> None:
    arguments = {"mine": [], "upload": [submission.challenge]}.get(name, [submission.pk])

    answer = client.get(reverse(f"submissions:{name}", args=arguments))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@both_languages
def test_the_list_shows_only_ones_own_and_never_reads_reports(
    signed_in: Client,
    user: User,
    finished: Callable[[Report], Submission],
    graded: MakeReport,
    language: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    finished(graded())
    baker.make(Submission, owner=user, file_name="mine.onnx", _quantity=20, upload_key=uuid4)
    baker.make(Submission, file_name="theirs.onnx")

    with django_assert_max_num_queries(5) as queries:
        text = signed_in.get(reverse("submissions:mine"), headers={"accept-language": language}).content.decode()

    assert "mine.onnx" in text
    assert "theirs.onnx" not in text
    assert {"ja": "合格", "en": "Passed"}[language] in text
    assert not any("report_json" in query["sql"] for query in queries.captured_queries)


@both_languages
def test_an_empty_list_leads_to_the_challenges(signed_in: Client, language: str) -> None:
    text = signed_in.get(reverse("submissions:mine"), headers={"accept-language": language}).content.decode()

    assert {"ja": "まだ提出はありません", "en": "Nothing handed in yet"}[language] in text
