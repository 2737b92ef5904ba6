"""Challenges whose entry is one C++ file, from their card to their board."""

import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from catalog.kernels import counted_baseline
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from grader.devices.lab import LabMissing
from grader.errors import GraderError
from grader.report import Report
from submissions import grading
from submissions.models import Status, Submission
from submissions.standings.models import Standing
from tests.platform.conftest import MakeReport

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])


@pytest.fixture
def whole_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab on this machine, as far as a page looks."""
    monkeypatch.setattr("grader.devices.lab.Lab.require", lambda self: None)


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """None on this machine."""

    def missing(self: object) -> None:
        raise LabMissing("lab_missing", missing="qemu-aarch64")

    monkeypatch.setattr("grader.devices.lab.Lab.require", missing)


def get(client: Client, address: str, language: str) -> str:
    """A page."""
    return client.get(address, headers={"Accept-Language": language}).content.decode()


def graded(owner: User, report: Report) -> Submission:
    """An entry with this result."""
    row = baker.make(Submission, owner=owner, challenge="product", file_name="kernel.cpp", sha256="c" * 64)
    row.claim()
    assert grading.finish(row, report)
    return Submission.objects.get(pk=row.pk)


@LANGUAGES
@pytest.mark.usefixtures("whole_lab")
def test_the_card_tells_par_gold_and_what_an_instruction_costs(
    client: Client, kernel_spec: KernelSpec, language: str
) -> None:
    shown = get(client, reverse("catalog:challenge", args=[kernel_spec.id]), language)

    for target in kernel_spec.targets:
        assert f"{target.par:,}" in shown
        assert target.device.title in shown
        assert str(target.device.cost.level1_miss) in shown
    assert ".cpp" in shown


@LANGUAGES
@pytest.mark.usefixtures("no_lab")
def test_without_a_lab_the_page_says_how_to_get_it_and_takes_nothing(
    signed_in: Client, kernel_spec: KernelSpec, language: str
) -> None:
    shown = get(signed_in, reverse("catalog:challenge", args=[kernel_spec.id]), language)
    refused = signed_in.post(
        reverse("submissions:upload", args=[kernel_spec.id]),
        {"file": SimpleUploadedFile("kernel.cpp", b"int x;"), "upload_key": uuid4()},
        headers={"Accept-Language": language},
    )

    assert "./run devices" in shown
    assert 'type="file"' not in shown
    assert refused.status_code == 422
    assert "./run devices" in refused.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("whole_lab")
@pytest.mark.parametrize(("name", "data"), [("kernel.onnx", b"\x08"), ("kernel.cpp", b""), ("kernel.cpp", b"\xff\xfe")])
def test_what_is_no_source_is_refused_before_it_waits(
    signed_in: Client, kernel_spec: KernelSpec, name: str, data: bytes
) -> None:
    answer = signed_in.post(
        reverse("submissions:upload", args=[kernel_spec.id]),
        {"file": SimpleUploadedFile(name, data), "upload_key": uuid4()},
    )

    assert answer.status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("whole_lab")
def test_a_kernel_is_graded_in_one_phase(
    signed_in: Client,
    kernel_spec: KernelSpec,
    kernel_report: MakeReport,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    monkeypatch.setattr("submissions.tasks.send", lambda row: None)
    monkeypatch.setattr("submissions.grading.open_sandbox", lambda: None)
    monkeypatch.setattr("submissions.grading.judge.evaluate", lambda *_: kernel_report())
    signed_in.post(
        reverse("submissions:upload", args=[kernel_spec.id]),
        {"file": SimpleUploadedFile("kernel.cpp", b"int x;"), "upload_key": uuid4()},
    )

    row = grading.evaluate_next("somebody")

    assert isinstance(row, Submission)
    row.refresh_from_db()
    assert (row.status, row.result, row.machine) == (Status.GRADED, "passed", "")


@LANGUAGES
def test_its_report_tells_counts_the_hot_loop_and_the_compilers_words(
    signed_in: Client, user: User, kernel_report: MakeReport, language: str
) -> None:
    row = graded(user, kernel_report())

    shown = get(signed_in, row.get_absolute_url(), language)

    assert row.report.kernel is not None
    for on in row.report.kernel.devices:
        assert f"{on.counts.instructions:,}" in shown
        assert f"{on.cycles:,.0f}" in shown
        assert on.hot[0].instructions[0] in shown
        assert on.compiler_log in shown
    assert "karui-kernel-1" in shown
    assert {"ja": "推定サイクル数", "en": "Estimated cycles"}[language] in shown


def test_the_annotated_hot_loop_can_be_downloaded_for_each_device(
    signed_in: Client, user: User, kernel_report: MakeReport
) -> None:
    row = graded(user, kernel_report())
    shown = get(signed_in, row.get_absolute_url(), "en")

    assert row.report.kernel is not None
    for on in row.report.kernel.devices:
        address = reverse("submissions:hot_loop", args=[row.pk, on.device])
        answer = signed_in.get(address)
        assert f'href="{address}"' in shown
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        lines = answer.content.decode().splitlines()
        assert lines[:2] == [f"; {on.title} ({on.core})", ""]
        assert f"; {on.hot[0].runs:,} x, {on.hot[0].share:.1%}, at {on.hot[0].address:#x}" in lines
        assert set(on.hot[0].instructions) <= set(lines)


def test_there_is_no_hot_loop_of_another_device_of_a_model_or_for_somebody_else(
    signed_in: Client, user: User, kernel_report: MakeReport, submission: Submission
) -> None:
    own = graded(user, kernel_report())
    other = graded(User.objects.create_user("other@example.com"), kernel_report())
    device = own.report.kernel.devices[0].device if own.report.kernel else ""

    for row, named in ((own, "pi9"), (submission, device), (other, device)):
        assert signed_in.get(reverse("submissions:hot_loop", args=[row.pk, named])).status_code == 404


@LANGUAGES
def test_its_board_has_one_table_for_all_machines(
    client: Client, user: User, kernel_spec: KernelSpec, kernel_report: MakeReport, language: str
) -> None:
    graded(user, kernel_report())

    shown = get(client, reverse("boards:board", args=[kernel_spec.id]), language)

    row = Standing.objects.get()
    assert (row.machine, row.noise, row.runtime) == ("", 0.0, "cpp")
    assert f"×{row.latency:.3f}" in shown
    assert 0 < row.latency < 0.1
    assert "±" not in shown


def test_the_api_tells_of_it_as_of_any_challenge(client: Client, kernel_spec: KernelSpec) -> None:
    listed = json.loads(client.get("/api/v1/challenges/").content)
    told = json.loads(client.get(f"/api/v1/challenges/{kernel_spec.id}/").content)

    assert kernel_spec.id in {one["id"] for one in listed}
    assert (told["track"], told["metric"], told["max_drop"], told["formats"]) == ("kernel", None, None, ["cpp"])
    assert [target["par"] for target in told["targets"]] == [target.par for target in kernel_spec.targets]


def test_no_rungs_are_tried_with_it(signed_in: Client, kernel_spec: KernelSpec) -> None:
    assert signed_in.get(reverse("submissions:climb", args=[kernel_spec.id])).status_code == 404


@pytest.mark.usefixtures("no_lab")
def test_where_nothing_was_counted_the_card_has_no_figure(kernel_spec: KernelSpec) -> None:
    assert counted_baseline(kernel_spec) is None
    with pytest.raises(GraderError):
        lab().require()
