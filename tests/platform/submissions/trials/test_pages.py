"""What a reader sees of trials, in both languages, and that it is theirs alone."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from model_bakery import baker
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from grader.ladder import LadderReport, RungName
from grader.parity import ParityReport
from grader.report import Report
from submissions import files
from submissions.models import Status, Submission, Trial
from submissions.trials.models import Kind, TrialStatus

pytestmark = pytest.mark.django_db
MakeReport = Callable[..., Report]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def page(client: Client, address: str, language: str = "en") -> str:
    """A page in a language."""
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def done(trial: Trial, result_json: str) -> Trial:
    """The trial once it has this result."""
    trial.claim()
    trial.finish(result_json)
    return trial


def own(user: User, name: str, report: Report) -> Submission:
    """A graded submission."""
    return baker.make(
        Submission,
        owner=user,
        challenge=report.challenge,
        file_name=name,
        upload_key=uuid4,
        status=Status.GRADED,
        result=report.result,
        report_json=report.to_json().decode(),
    )


def as_float(report: Report) -> Report:
    """The same, as if float weights had been handed in."""
    assert report.measured
    [layer] = report.measured.inspection.layers
    inspection = replace(report.measured.inspection, layers=(replace(layer, dtype="float32"),))
    return replace(report, measured=replace(report.measured, inspection=inspection))


@both_languages
def test_a_ladder_shows_every_rung_and_where_it_breaks(
    signed_in: Client, trial: Trial, ladder: LadderReport, language: str
) -> None:
    text = page(signed_in, done(trial, ladder.to_json().decode()).get_absolute_url(), language)

    assert {"ja": "精度が崩れる段階：静的 int8（テンソル単位）", "en": "It breaks at: static int8, per tensor"}[
        language
    ] in text
    assert "85.00 %" in text
    assert "+7.00" in text
    assert text.count("<circle") == 4  # the fifth has no figures, but a reason
    assert "NaN" in text
    assert "1.18 MiB" in text


@both_languages
def test_a_ladder_that_holds_says_so(
    signed_in: Client, trial: Trial, sound_ladder: LadderReport, language: str
) -> None:
    text = page(signed_in, done(trial, sound_ladder.to_json().decode()).get_absolute_url(), language)

    assert {"ja": "精度が崩れる段階はありません", "en": "No rung breaks"}[language] in text


def test_a_ladder_without_a_single_figure_has_no_chart(signed_in: Client, trial: Trial, ladder: LadderReport) -> None:
    bare = replace(ladder, rungs=ladder.rungs[-1:], breaks_at=None)

    assert "<circle" not in page(signed_in, done(trial, bare.to_json().decode()).get_absolute_url())


@both_languages
def test_a_comparison_shows_each_model_and_how_alike_they_answer(
    signed_in: Client, comparison: Trial, parity: ParityReport, language: str
) -> None:
    text = page(signed_in, done(comparison, parity.to_json().decode()).get_absolute_url(), language)

    for shown in ("float.onnx", "LiteRT 2.3.0", "91.31 %", "329.6 KiB", "×0.706", "83.5 µs", "99.4", "98.76 %", "NaN"):
        assert shown in text
    assert {"ja": "出力の一致度", "en": "How alike they answer"}[language] in text


def test_a_waiting_comparison_names_its_models(signed_in: Client, comparison: Trial) -> None:
    comparison.claim()
    comparison.show_progress("1", 0.5)

    text = page(signed_in, comparison.get_absolute_url())

    assert "<span>float.onnx</span>" in text
    assert 'aria-label="other.tflite"' in text


@both_languages
def test_a_refused_trial_tells_the_reason(signed_in: Client, trial: Trial, language: str) -> None:
    trial.claim()
    trial.refuse("output_not_finite", {"items": 7, "total": 5000})

    text = page(signed_in, trial.get_absolute_url(), language)

    assert {"ja": "試行できません", "en": "cannot be tried"}[language] in text
    assert "NaN" in text


@both_languages
def test_our_failure_says_that_it_is_ours(signed_in: Client, trial: Trial, language: str) -> None:
    trial.claim()
    trial.fail("grader_crashed", {})

    text = page(signed_in, trial.get_absolute_url(), language)

    assert {"ja": "原因はこちら側にあります", "en": "This is our mistake, not yours"}[language] in text
    assert str(trial.pk) in text


@both_languages
def test_a_waiting_trial_can_be_taken_back(signed_in: Client, trial: Trial, language: str) -> None:
    address = reverse("submissions:cancel_trial", args=[trial.pk])
    assert address in page(signed_in, trial.get_absolute_url(), language)

    signed_in.post(address)

    assert {"ja": "取り消しました", "en": "You took this trial back"}[language] in page(
        signed_in, trial.get_absolute_url(), language
    )


def test_htmx_gets_the_rungs_that_move_and_the_whole_page_at_the_end(
    signed_in: Client, trial: Trial, ladder: LadderReport
) -> None:
    trial.claim()
    trial.show_progress(RungName.DYNAMIC_INT8, 0.25)

    moving = signed_in.get(trial.get_absolute_url(), headers={"HX-Request": "true", "accept-language": "en"})
    trial.finish(ladder.to_json().decode())
    end = signed_in.get(trial.get_absolute_url(), headers={"HX-Request": "true"})

    assert "<html" not in moving.content.decode()
    assert "dynamic int8" in moving.content.decode()
    assert 'value="0.250"' in moving.content.decode()
    assert end["HX-Refresh"] == "true"


def test_a_float_model_is_tried_from_the_upload_page(
    signed_in: Client,
    model_file: SimpleUploadedFile,
    sent: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    address = reverse("submissions:climb", args=["int8_fashion"])
    assert address in page(signed_in, reverse("submissions:upload", args=["int8_fashion"]))

    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in.post(address, {"file": model_file})

    trial = Trial.objects.get()
    assert answer["Location"] == trial.get_absolute_url()
    assert sent == [str(trial.pk)]
    assert files.load(trial.entries.get()).name == "entry.onnx"
    assert not Submission.objects.exists()


@both_languages
def test_a_file_that_is_no_onnx_model_is_refused_on_the_form(signed_in: Client, language: str) -> None:
    answer = signed_in.post(
        reverse("submissions:climb", args=["int8_fashion"]),
        {"file": SimpleUploadedFile("model.tflite", b"    TFL3")},
        headers={"accept-language": language},
    )

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Trial.objects.exists()


@both_languages
@pytest.mark.parametrize("way", ["upload", "submission"])
def test_a_second_trial_leads_to_the_first_and_says_why(
    signed_in: Client,
    user: User,
    trial: Trial,
    graded: MakeReport,
    model_file: SimpleUploadedFile,
    way: str,
    language: str,
) -> None:
    submission = own(user, "float.onnx", as_float(graded()))
    address, fields = {
        "upload": (reverse("submissions:climb", args=["int8_fashion"]), {"file": model_file}),
        "submission": (reverse("submissions:climb_own", args=[submission.pk]), {}),
    }[way]

    answer = signed_in.post(address, fields, headers={"accept-language": language}, follow=True)

    assert answer.redirect_chain == [(trial.get_absolute_url(), 302)]
    assert {"ja": "試行は一度に 1 件だけです", "en": "One trial at a time"}[language] in answer.content.decode()
    assert Trial.objects.count() == 1


def test_a_submission_is_tried_at_one_click(signed_in: Client, user: User, graded: MakeReport) -> None:
    submission = own(user, "float.onnx", as_float(graded()))
    address = reverse("submissions:climb_own", args=[submission.pk])
    assert address in page(signed_in, submission.get_absolute_url())

    signed_in.post(address)

    trial = Trial.objects.get()
    assert (trial.kind, trial.challenge) == (Kind.LADDER, submission.challenge)
    assert trial.entries.get().sha256 == submission.sha256
    assert trial.get_absolute_url() in page(signed_in, submission.get_absolute_url())
    assert trial.get_absolute_url() in page(signed_in, reverse("submissions:mine"))


def test_an_entry_that_is_already_quantized_is_not_offered_the_rungs(
    signed_in: Client, user: User, graded: MakeReport
) -> None:
    submission = own(user, "int8.onnx", graded())

    assert reverse("submissions:climb_own", args=[submission.pk]) not in page(signed_in, submission.get_absolute_url())


def test_entries_in_other_formats_are_compared(signed_in: Client, user: User, graded: MakeReport) -> None:
    first, second = own(user, "a.onnx", graded()), own(user, "b.tflite", graded())
    address = reverse("submissions:compare", args=[first.pk])
    assert str(second.pk) in page(signed_in, first.get_absolute_url())

    signed_in.post(address, {"others": [str(second.pk)]})

    trial = Trial.objects.get()
    assert trial.kind == Kind.PARITY
    assert [entry.file_name for entry in trial.entries.all()] == ["a.onnx", "b.tflite"]


@both_languages
def test_a_comparison_with_nothing_is_no_trial(
    signed_in: Client, user: User, graded: MakeReport, language: str
) -> None:
    submission = own(user, "a.onnx", graded())

    answer = signed_in.post(
        reverse("submissions:compare", args=[submission.pk]), headers={"accept-language": language}, follow=True
    )

    assert {"ja": "1 つ以上選んでください", "en": "Choose at least one"}[language] in answer.content.decode()
    assert not Trial.objects.exists()


def test_entries_of_others_cannot_be_compared(signed_in: Client, user: User, graded: MakeReport) -> None:
    mine = own(user, "a.onnx", graded())
    theirs = own(User.objects.create_user("other@example.com"), "b.tflite", graded())

    signed_in.post(reverse("submissions:compare", args=[mine.pk]), {"others": [str(theirs.pk)]})

    assert not Trial.objects.exists()


@pytest.mark.parametrize("name", ["trial", "cancel_trial", "climb_own", "compare"])
def test_the_trials_and_entries_of_somebody_else_do_not_exist(
    client: Client, trial: Trial, submission: Submission, name: str
) -> None:
    client.force_login(User.objects.create_user("other@example.com"))
    row = trial if "trial" in name else submission
    address = reverse(f"submissions:{name}", args=[row.pk])

    answer = client.get(address) if name == "trial" else client.post(address)

    assert answer.status_code == 404
    trial.refresh_from_db()
    assert trial.status == TrialStatus.QUEUED
    assert Trial.objects.count() == 1


@pytest.mark.parametrize("name", ["trial", "climb"])
def test_a_stranger_is_asked_to_sign_in(client: Client, trial: Trial, name: str) -> None:
    answer = client.get(reverse(f"submissions:{name}", args=[trial.pk if name == "trial" else trial.challenge]))

    assert answer["Location"].startswith("/accounts/login/")
