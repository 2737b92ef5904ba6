"""What a reader sees of trials, in both languages, and that it is theirs alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from grader.ladder import LadderReport, RungName
from grader.parity import ParityReport
from grader.report import Report
from grader.wording import Sentence
from submissions import files
from submissions.models import Status, Submission, Trial
from submissions.trials.models import Kind, TrialEntry, TrialStatus

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


@both_languages
def test_a_comparison_of_which_only_one_could_be_measured_says_so(
    signed_in: Client, comparison: Trial, parity: ParityReport, language: str
) -> None:
    alone = replace(parity, entries=(parity.entries[0], parity.entries[2]), pairs=())

    text = page(signed_in, done(comparison, alone.to_json().decode()).get_absolute_url(), language)

    assert {"ja": "2 件に満たない", "en": "Fewer than two of them"}[language] in text


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
    Trial.objects.update(losses=1)  # it was tried once more
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


@pytest.mark.parametrize("kind", ["trial", "submission"])
def test_htmx_loads_the_whole_page_once_the_session_has_ended(
    client: Client, trial: Trial, submission: Submission, kind: str
) -> None:
    address = (trial if kind == "trial" else submission).get_absolute_url()

    moving = client.get(address, headers={"HX-Request": "true"})
    whole = client.get(address)

    assert moving.status_code == 200
    assert moving["HX-Refresh"] == "true"  # a redirect would put the sign-in inside the page
    assert whole["Location"].startswith("/accounts/login/")


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
    assert sent == ["trial"]
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
def test_a_second_upload_is_refused_on_the_form_which_leads_to_the_open_trial(
    signed_in: Client, trial: Trial, model_file: SimpleUploadedFile, language: str
) -> None:
    address = reverse("submissions:climb", args=["int8_fashion"])

    answer = signed_in.post(address, {"file": model_file}, headers={"accept-language": language})

    text = answer.content.decode()
    alert = text[text.index('role="alert"') :]
    assert answer.status_code == 422  # a script that follows a redirect would lose its message
    assert f'<a href="{trial.get_absolute_url()}">' in alert
    assert {"ja": "試行は一度に 1 件だけです", "en": "One trial at a time"}[language] in alert
    assert Trial.objects.count() == 1
    assert not default_storage.exists("entries") or not any_file_in("entries")


@both_languages
def test_a_second_click_elsewhere_leads_to_the_open_trial_and_says_why(
    signed_in: Client, user: User, trial: Trial, graded: MakeReport, language: str
) -> None:
    submission = own(user, "float.onnx", as_float(graded()))
    address = reverse("submissions:climb_own", args=[submission.pk])

    answer = signed_in.post(address, headers={"accept-language": language}, follow=True)

    assert answer.redirect_chain == [(trial.get_absolute_url(), 302)]
    assert {"ja": "試行は一度に 1 件だけです", "en": "One trial at a time"}[language] in answer.content.decode()
    assert Trial.objects.count() == 1


@pytest.mark.parametrize("way", ["upload", "submission"])
def test_asking_again_for_the_open_trial_leads_to_it_without_complaint(
    signed_in: Client, user: User, graded: MakeReport, model_file: SimpleUploadedFile, way: str
) -> None:
    submission = own(user, "float.onnx", as_float(graded()))

    def ask() -> str:
        model_file.seek(0)
        address, fields = {
            "upload": (reverse("submissions:climb", args=["int8_fashion"]), {"file": model_file}),
            "submission": (reverse("submissions:climb_own", args=[submission.pk]), {}),
        }[way]
        answer = signed_in.post(address, fields)
        assert answer.status_code == 302
        return str(answer["Location"])

    first, second = ask(), ask()

    assert first == second == Trial.objects.get().get_absolute_url()
    assert "One trial at a time" not in page(signed_in, second)


@both_languages
@pytest.mark.parametrize("way", ["upload", "submission"])
def test_after_the_last_trial_of_the_day_none_begins(
    signed_in: Client,
    user: User,
    trial: Trial,
    graded: MakeReport,
    model_file: SimpleUploadedFile,
    settings: Settings,
    way: str,
    language: str,
) -> None:
    settings.DAILY_TRIALS = 1
    trial.take_back()  # what was cancelled counts: each may bring a file
    submission = own(user, "float.onnx", as_float(graded()))
    address, fields = {
        "upload": (reverse("submissions:climb", args=["int8_fashion"]), {"file": model_file}),
        "submission": (reverse("submissions:climb_own", args=[submission.pk]), {}),
    }[way]

    answer = signed_in.post(address, fields, headers={"accept-language": language}, follow=True)

    assert {"ja": "今日の試行回数を使い切りました", "en": "No trials are left today"}[
        language
    ] in answer.content.decode()
    assert Trial.objects.count() == 1


def test_trials_of_yesterday_do_not_count(signed_in: Client, user: User, trial: Trial, settings: Settings) -> None:
    settings.DAILY_TRIALS = 1
    assert not Trial.objects.any_left(user)

    Trial.objects.update(queued_at=now() - timedelta(days=1, minutes=1))

    assert Trial.objects.any_left(user)


@pytest.mark.parametrize("name", ["climb_own", "compare"])
def test_what_was_not_graded_cannot_be_tried(signed_in: Client, submission: Submission, name: str) -> None:
    assert signed_in.post(reverse(f"submissions:{name}", args=[submission.pk])).status_code == 404
    assert not Trial.objects.exists()


@pytest.mark.parametrize("name", ["climb_own", "compare"])
def test_without_the_data_of_its_challenge_an_entry_is_neither_offered_nor_taken(
    signed_in: Client, user: User, graded: MakeReport, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    submission, other = own(user, "a.onnx", as_float(graded())), own(user, "b.tflite", graded())
    address = reverse(f"submissions:{name}", args=[submission.pk])
    assert address in page(signed_in, submission.get_absolute_url())
    missing = Sentence("The data is not here.", "Run karui fetch.")
    for place in ("story", "views"):
        monkeypatch.setattr(f"submissions.trials.{place}.absent", lambda spec: missing)

    offered = page(signed_in, submission.get_absolute_url())
    answer = signed_in.post(address, {"others": [str(other.pk)]}, follow=True)

    assert address not in offered
    assert "karui fetch" in answer.content.decode()
    assert not Trial.objects.exists()


def test_the_report_lists_trials_of_this_model_in_this_challenge(
    signed_in: Client, user: User, graded: MakeReport
) -> None:
    submission = own(user, "float.onnx", as_float(graded()))

    def tried(challenge: str, sha256: str) -> Trial:
        entry = TrialEntry(file_name="float.onnx", file_bytes=46, sha256=sha256)
        trial = Trial.objects.begin(user, challenge, Kind.LADDER, [entry])
        trial.cancel()
        return trial

    its_own = tried(submission.challenge, submission.sha256)
    others = [tried("qat_fashion", submission.sha256), tried(submission.challenge, "e" * 64)]

    text = page(signed_in, submission.get_absolute_url())

    assert its_own.get_absolute_url() in text
    assert not any(other.get_absolute_url() in text for other in others)


@both_languages
def test_every_trial_is_listed_page_by_page(
    signed_in: Client, user: User, trial: Trial, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr("submissions.trials.views.PAGE", 1)
    trial.cancel()
    entry = TrialEntry(file_name="newer.onnx", file_bytes=46, sha256="e" * 64)
    newer = Trial.objects.begin(user, "int8_fashion", Kind.LADDER, [entry])
    address = reverse("submissions:trials")

    first, second = page(signed_in, address, language), page(signed_in, f"{address}?page=2", language)

    assert address in page(signed_in, reverse("submissions:mine"), language)
    assert newer.get_absolute_url() in first
    assert trial.get_absolute_url() in second
    assert trial.get_absolute_url() not in first


def test_nobody_sees_trials_of_others_in_the_list(client: Client, trial: Trial) -> None:
    client.force_login(User.objects.create_user("other@example.com"))

    assert str(trial.pk) not in page(client, reverse("submissions:trials"))


@both_languages
def test_a_trial_that_has_ended_leads_on(signed_in: Client, trial: Trial, language: str) -> None:
    onward = [
        reverse("catalog:challenge", args=[trial.challenge]) + "#upload",
        reverse("submissions:climb", args=[trial.challenge]),
    ]
    before = page(signed_in, trial.get_absolute_url(), language)
    trial.claim()
    Trial.objects.update(losses=1)  # it was tried once more
    trial.fail("grader_crashed", {})

    after = page(signed_in, trial.get_absolute_url(), language)

    assert not any(address in before for address in onward)
    assert all(address in after for address in onward)


def test_an_operator_finds_a_trial_by_its_number_and_can_only_look(client: Client, trial: Trial) -> None:
    client.force_login(User.objects.create_superuser("operator@example.com", "a long enough pass phrase"))

    found = client.get(reverse("admin:submissions_trial_changelist"), {"q": str(trial.pk)}).content.decode()
    shown = client.get(reverse("admin:submissions_trial_change", args=[trial.pk])).content.decode()
    added = client.get(reverse("admin:submissions_trial_add"))

    assert str(trial.pk) in found
    assert 'name="_save"' not in shown
    assert added.status_code == 403


def any_file_in(folder: str) -> bool:
    """Whether the storage keeps a file there."""
    folders, found = default_storage.listdir(folder)
    return bool(found) or any(any_file_in(f"{folder}/{inner}") for inner in folders)


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


@both_languages
def test_more_than_a_trial_can_measure_is_refused(
    signed_in: Client, user: User, graded: MakeReport, language: str
) -> None:
    first, *others = [own(user, name, graded()) for name in ("a.onnx", *["b.tflite"] * 4)]

    answer = signed_in.post(
        reverse("submissions:compare", args=[first.pk]),
        {"others": [str(other.pk) for other in others]},
        headers={"accept-language": language},
        follow=True,
    )

    assert {"ja": "3 件まで", "en": "at most 3 entries"}[language] in answer.content.decode()
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
    Submission.objects.update(status=Status.GRADED)
    client.force_login(User.objects.create_user("other@example.com"))
    row = trial if "trial" in name else submission
    address = reverse(f"submissions:{name}", args=[row.pk])

    answer = client.get(address) if name == "trial" else client.post(address)

    assert answer.status_code == 404
    trial.refresh_from_db()
    assert trial.status == TrialStatus.QUEUED
    assert Trial.objects.count() == 1


@pytest.mark.parametrize("name", ["trial", "climb", "trials"])
def test_a_stranger_is_asked_to_sign_in(client: Client, trial: Trial, name: str) -> None:
    arguments = {"trial": [trial.pk], "climb": [trial.challenge], "trials": []}[name]

    answer = client.get(reverse(f"submissions:{name}", args=arguments))

    assert answer["Location"].startswith("/accounts/login/")
