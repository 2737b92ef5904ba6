"""A kernel that has passed is told as a model is, but its cycles are always called estimated."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils.timezone import now
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from challenges.credentials.checking import Asked, check
from challenges.wording import words
from portfolio.ageing.due import queue_due
from portfolio.claims.facts import KernelFacts, facts_of
from portfolio.claims.models import claimable
from portfolio.claims.text import Register, sentence, wording
from portfolio.credentials.document import measured
from portfolio.credentials.images import baked_png
from portfolio.credentials.issuer import issuer, own_list
from portfolio.credentials.issuing import issue
from portfolio.exports.cards import figures
from portfolio.models import Claim, Page
from submissions import grading
from submissions.models import Submission
from submissions.remeasurements.models import Remeasurement
from submissions.revisions.changes import rescored
from tests.platform.conftest import MakeReport
from tests.platform.portfolio.conftest import departures
from tests.platform.portfolio.test_claims import AT, EVERYWHERE
from tests.platform.portfolio.test_credentials import SCHEMA, said

pytestmark = pytest.mark.django_db
ESTIMATED = {"en": "estimated cycles", "ja": "推定サイクル数"}
LANGUAGES = ("ja", "en")


@pytest.fixture
def graded_kernel(user: User, kernel_report: MakeReport) -> Callable[..., Submission]:
    """A kernel of somebody, graded."""

    def build(**how_good: int) -> Submission:
        row = baker.make(Submission, owner=user, challenge="product", file_name="product.cpp", sha256="c" * 64)
        row.claim()
        assert grading.finish(row, kernel_report(**how_good))
        return Submission.objects.get(pk=row.pk)

    return build


@pytest.fixture
def claim(user: User, graded_kernel: Callable[..., Submission]) -> Claim:
    """It as a claim on a public page."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Page.objects.create(owner=user, address="karuko", name="軽子", is_public=True)
    return Claim.objects.create(owner=user, submission=graded_kernel(), is_shown=True)


@pytest.fixture
def keys(settings: Settings, tmp_path: Path) -> None:
    """Keys of the test's own."""
    settings.KARUI_HOME, settings.SITE_URL = tmp_path, "https://karui.example"


def test_a_kernel_that_has_passed_can_be_claimed_and_another_one_cannot(
    user: User, graded_kernel: Callable[..., Submission]
) -> None:
    passed = graded_kernel()
    graded_kernel(slower=20)

    assert list(claimable(user)) == [passed]


@pytest.mark.parametrize(("language", "register"), EVERYWHERE)
def test_cycles_are_called_estimated_in_every_register(
    kernel_report: MakeReport, language: str, register: Register
) -> None:
    facts = facts_of(kernel_report(), AT)

    text = sentence(facts, "A challenge", register, language)

    assert isinstance(facts, KernelFacts)
    assert ESTIMATED[language] in text
    assert len(facts.gains) == 2
    assert {"en": "emulation", "ja": "エミュレーション"}[language] in text
    for gain in facts.gains:
        assert f"1/{gain.factor.times}" in text
        assert gain.core in text


def test_no_figure_is_better_than_what_was_counted(kernel_report: MakeReport) -> None:
    report = kernel_report()
    facts = KernelFacts.of(report, AT)

    assert report.kernel
    for gain, on in zip(facts.gains, report.kernel.devices, strict=True):
        assert gain.factor.times <= Decimal(on.speed_up) < gain.factor.times + 1
        assert gain.over_floor >= Decimal(on.over_floor) > gain.over_floor - Decimal("0.1")


def test_a_kernel_that_is_slower_than_the_reference_is_told_to_be(kernel_report: MakeReport) -> None:
    text = sentence(facts_of(kernel_report(slower=60), AT), "A challenge", Register.RESUME, "en")

    assert "estimated cycles ×3.36 (Cortex-A72)" in text


@pytest.mark.parametrize(("language", "register"), EVERYWHERE)
def test_an_operator_is_compared_with_the_nodes_that_it_replaces_and_has_no_floor(
    kernel_report: MakeReport, language: str, register: Register
) -> None:
    report = kernel_report()
    assert report.kernel
    devices = tuple(replace(on, floor_instructions=0) for on in report.kernel.devices)
    operator = replace(report, kernel=replace(report.kernel, macs=0, devices=devices))

    facts = KernelFacts.of(operator, AT)

    text = sentence(facts, "A challenge", register, language)
    assert {"en": "ONNX Runtime's standard nodes", "ja": "ONNX Runtime の標準ノード"}[language] in text
    assert "scalar" not in text
    assert "スカラー" not in text
    assert len(figures(facts, wording()[language])) == 2
    assert len(figures(replace(facts, gains=facts.gains[:1]), wording()[language])) == 1
    assert not {"over_floor", "macs"} & dict(measured(facts, operator)).keys()


def test_only_the_tools_that_its_devices_need_are_named(kernel_report: MakeReport) -> None:
    assert KernelFacts.of(kernel_report(), AT).tools == "qemu-aarch64 7.2.22, clang++-19 19.1.7, ld.lld-19 19.1.7"


def test_the_credential_is_an_open_badge_by_the_published_schema(claim: Claim, keys: None) -> None:
    assert departures(said(issue(claim).signed), SCHEMA) == []


def test_the_credential_lists_its_figures_and_its_tools(claim: Claim, keys: None) -> None:
    believed = check(issue(claim).signed, issuer(), own_list, Asked(at=now(), sha256=claim.submission.sha256))

    figures = {key: value for key, _, value in believed.credential.figures}
    report = claim.submission.report
    assert report.kernel
    pi4, pi5 = report.kernel.devices
    assert (
        figures["estimated_cycles"]
        == f"1/{claim.facts.gains[0].factor.times} (Cortex-A72), 1/{claim.facts.gains[1].factor.times} (Cortex-A76)"
    )
    assert figures["instructions"] == (
        f"{pi4.counts.instructions} / {pi4.scalar.instructions} (Cortex-A72), "
        f"{pi5.counts.instructions} / {pi5.scalar.instructions} (Cortex-A76)"
    )
    assert (figures["tools"], figures["verdict"]) == (claim.facts.tools, "gold")
    assert not figures.keys() & {"cpu", "speed", "accuracy", "size"}
    for language in LANGUAGES:
        assert all(f"figure_{key}" in words(language) for key in figures)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_export_tells_of_it(claim: Claim, client: Client, keys: None, language: str) -> None:
    given, spoken = issue(claim), {"accept-language": language}
    told = claim.sentence(Register.RESUME, language)

    def get(address: str) -> str:
        answer = client.get(address, headers=spoken)
        assert answer.status_code == 200, address
        return answer.content.decode("utf-8", "replace").replace("&#x27;", "'")

    assert told in get("/p/karuko/")
    assert claim.sentence(Register.README, language) in get("/p/karuko/README.md")
    assert json.loads(get("/p/karuko/resume.json"))["projects"][0]["description"] == told
    assert json.loads(get("/p/karuko/evidence.json"))["claims"][0]["age"]["checks"] == []
    assert get(f"/p/karuko/portfolio-{language}.pdf").startswith("%PDF")
    assert ESTIMATED[language] in get(f"/p/karuko/cards/{claim.pk}-{language}-dark.svg")
    assert words(language)["figure_estimated_cycles"] in get(given.get_absolute_url())
    assert baked_png(given, language).startswith(b"\x89PNG")


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_owner_meets_it_everywhere_without_what_only_models_have(
    claim: Claim, signed_in: Client, language: str
) -> None:
    spoken, entry = {"accept-language": language}, claim.submission

    for address in (
        "/portfolio/",
        "/interviews/",
        "/challenges/product/",
        "/submissions/afterwards/product/",
        "/portfolio/journey/",
        "/",
        "/skills/",
        "/boards/product/",
        "/submissions/",
        entry.get_absolute_url(),
        f"{entry.get_absolute_url()}report.json",
    ):
        assert signed_in.get(address, headers=spoken).status_code == 200, address
    page = signed_in.get(entry.get_absolute_url(), headers=spoken).content.decode()
    assert "/interviews/own/" not in page
    assert str(entry.pk) not in signed_in.get("/interviews/own/", headers=spoken).content.decode()


def test_nothing_is_measured_again_of_it(claim: Claim) -> None:
    queue_due()

    assert not Remeasurement.objects.exists()


def test_it_is_not_scored_anew_by_the_rules_for_models(claim: Claim) -> None:
    assert rescored(claim.submission) is None
