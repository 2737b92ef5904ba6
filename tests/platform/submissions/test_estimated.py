"""Latency that is estimated on boards: on the report's page, on boards, in claims; and a site without a device lab."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from catalog.absent import absent
from challenges.registry import catalogue
from challenges.spec import ChallengeSpec
from grader.devices.lab import Lab, LabMissing
from grader.report import Agreement, Finding, Measured, Report
from grader.scoring import result, score
from interviews.own.facts import FACTS
from portfolio.ageing.holding import Shortfall, shortfalls
from portfolio.claims.facts import ModelFacts
from portfolio.claims.text import Register, sentence, wording
from portfolio.credentials.document import measured as figures_of
from portfolio.exports.cards import figures as card_figures
from submissions.models import Submission
from submissions.standings.models import Standing
from submissions.standings.standing import stand
from tests.grader.reports import on_device

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
Change = Callable[[Measured], Measured]
BOARDS = (on_device(0.48, "pi4", gain=1.41), on_device(0.30, "pi5", gain=3.11))
AT = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def estimated(spec: ChallengeSpec, graded: Callable[..., Report]) -> Callable[..., Report]:
    """A report with estimates, judged anew by the challenge's targets."""

    def build(change: Change = lambda measured: replace(measured, devices=BOARDS)) -> Report:
        report = graded()
        assert report.measured
        measured = change(report.measured)
        points = score(measured, spec.targets)
        return replace(report, measured=measured, score=points, result=result(measured, points))

    return build


def page(client: Client, submission: Submission, report: Report, language: str) -> str:
    submission.claim()
    submission.finish(report)
    return client.get(submission.get_absolute_url(), headers={"accept-language": language}).content.decode()


@both_languages
def test_the_report_shows_each_board_beside_the_error_of_its_estimate(
    signed_in: Client, submission: Submission, estimated: Callable[..., Report], language: str
) -> None:
    text = page(signed_in, submission, estimated(), language)

    assert {"ja": "デバイスでの推定", "en": "Estimated on devices"}[language] in text
    for device in BOARDS:
        assert f"×{device.ratio:.3f}" in text
        assert f"{device.entry.counts.instructions:,}" in text
        assert f"{device.entry.estimated_ms:.3g} ms" in text
        assert device.median_error is not None
        assert f"{100 * device.median_error:.2f} %" in text
    assert {"ja": "完全に一致", "en": "equal bit for bit"}[language] in text


@both_languages
def test_why_the_boards_differ_is_told_from_the_figures(
    signed_in: Client, submission: Submission, estimated: Callable[..., Report], language: str
) -> None:
    text = page(signed_in, submission, estimated(), language)

    assert "Cortex-A72" in text
    assert "SDOT" in text
    assert "71 %" in text
    assert "32 %" in text


@both_languages
def test_the_score_names_the_device_and_the_clock_is_a_second_figure(
    signed_in: Client, submission: Submission, estimated: Callable[..., Report], language: str
) -> None:
    report = estimated()
    assert report.measured

    text = page(signed_in, submission, report, language)

    assert {"ja": "レイテンシ比（Raspberry Pi 5 での推定）", "en": "Latency, estimated on Raspberry Pi 5"}[
        language
    ] in text
    assert {"ja": "参考値であり、採点には Raspberry Pi 5", "en": "the estimate on Raspberry Pi 5 is scored"}[
        language
    ] in text
    assert f"×{report.measured.latency.ratio:.3f}" in text


@both_languages
def test_a_disagreement_with_native_arithmetic_is_shown(
    signed_in: Client, submission: Submission, estimated: Callable[..., Report], language: str
) -> None:
    off = replace(BOARDS[1], agreement=Agreement(items=2, difference=0.02, tolerance=0.0))

    text = page(
        signed_in, submission, estimated(lambda measured: replace(measured, devices=(BOARDS[0], off))), language
    )

    assert "2.0e-02" in text


@both_languages
def test_an_entry_without_an_estimate_says_why(
    signed_in: Client, submission: Submission, estimated: Callable[..., Report], language: str
) -> None:
    why = Finding("estimate_other_format", {"format": "tflite"})

    text = page(signed_in, submission, estimated(lambda measured: replace(measured, no_estimate=why)), language)

    assert {"ja": "この提出は .tflite ファイルです", "en": "this entry is a .tflite file"}[language] in text


def test_a_report_from_before_there_were_estimates_says_nothing_of_them(
    signed_in: Client, submission: Submission, graded: Callable[..., Report]
) -> None:
    assert "Estimated on devices" not in page(signed_in, submission, graded(), "en")


def test_a_standing_has_the_estimate_and_no_noise(
    client: Client, submission: Submission, estimated: Callable[..., Report], spec: ChallengeSpec
) -> None:
    submission.claim()
    submission.finish(replace(estimated(), challenge_version=spec.version))
    Submission.objects.filter(pk=submission.pk).update(version=spec.version)
    stand(submission.owner_id, spec.id)

    standing = Standing.objects.get()
    text = client.get(reverse("boards:board", args=[spec.id]), headers={"accept-language": "en"}).content.decode()

    assert (standing.latency, standing.noise) == (0.30, 0.0)
    assert "Latency, estimated on Raspberry Pi 5" in text


@pytest.mark.parametrize("register", list(Register))
@both_languages
def test_a_claim_calls_the_estimate_estimated_and_keeps_the_measurement(
    estimated: Callable[..., Report], register: Register, language: str
) -> None:
    facts = ModelFacts.of(estimated(), AT)

    text = sentence(facts, "ResNet-8", register, language)

    assert facts.estimate is not None
    assert facts.estimate.factor.times == Decimal("3.3")
    assert "3.3" in text
    assert "Raspberry Pi 5" in text
    assert {"ja": "推定", "en": "estimated"}[language] in text
    assert "Example CPU" in text
    assert str(facts.speed and facts.speed.times) in text


@both_languages
def test_cards_and_credentials_show_the_estimate_by_that_name(estimated: Callable[..., Report], language: str) -> None:
    report = estimated()
    facts = ModelFacts.of(report, AT)

    _, speed, _ = card_figures(facts, wording()[language])
    told = dict(figures_of(facts, report))

    assert speed.value == "3.3×"
    assert {"ja": "推定", "en": "estimated"}[language] in speed.name
    assert told["estimate"] == "1/3.3 (Raspberry Pi 5)"
    assert told["speed"].startswith("1/")


def test_a_claimed_estimate_falls_short_where_a_later_one_is_worse_on_whatever_processor(
    estimated: Callable[..., Report],
) -> None:
    claimed = estimated()
    elsewhere = replace(claimed, environment={**claimed.environment, "cpu_model": "Another CPU"})
    slower = (BOARDS[0], on_device(0.35, "pi5"))
    worse = replace(estimated(lambda measured: replace(measured, devices=slower)), environment=elsewhere.environment)

    assert shortfalls(claimed, elsewhere) == ()
    assert shortfalls(claimed, worse) == (Shortfall.SPEED,)


def test_an_interviewer_asks_how_far_an_estimate_can_be_trusted(estimated: Callable[..., Report]) -> None:
    report = estimated()
    assert report.measured

    asked = FACTS["on-a-device"](report.measured, report)

    assert asked is not None
    assert asked["device"] == "Raspberry Pi 5"
    assert asked["ratio"] == "×0.300"
    assert FACTS["less-than-four-times"](report.measured, report) is None


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where nobody has set the lab up."""

    def require(self: Lab) -> None:
        raise LabMissing("lab_missing", missing="count.so")

    monkeypatch.setattr(Lab, "require", require)


@both_languages
@pytest.mark.usefixtures("no_lab")
def test_without_the_lab_a_challenge_says_how_to_get_it_and_takes_no_entry(
    signed_in: Client, spec: ChallengeSpec, model_file: SimpleUploadedFile, language: str
) -> None:
    with translation.override(language):
        card = signed_in.get(reverse("catalog:challenge", args=[spec.id]), headers={"accept-language": language})
        signed_in.post(
            reverse("submissions:upload", args=[spec.id]),
            {"upload_key": str(uuid4()), "file": model_file},
            headers={"accept-language": language},
        )

    text = card.content.decode()
    assert "./run devices" in text
    assert {"ja": "デバイスラボ", "en": "The device lab is not here"}[language] in text
    assert 'type="file"' not in text
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("no_lab")
def test_without_the_lab_only_challenges_that_ask_for_a_device_wait_for_it() -> None:
    waiting = {name for name, spec in catalogue().items() if absent(spec)}

    assert waiting == {name for name, spec in catalogue().items() if spec.device}
    assert waiting == {"int8_fashion", "keyword_spotting", "prune_fashion", "resnet50_tenfold"}
