"""A graded model is timed on real boards as well: one more kind of work, which changes nothing that counts."""

from dataclasses import replace
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from model_bakery import baker

from accounts.deletion import delete
from accounts.export import export
from accounts.models import User
from grader.devices.targets import Counts, devices
from grader.report import Agreement, DeviceCost, DeviceFacts, LatencyFacts, Report, TimingProcess
from skills.models import Evidence
from submissions import files, grading, tasks
from submissions.measurements.errands import Implausible, claim, latency_of
from submissions.measurements.models import Board, Measurement
from submissions.models import Submission
from submissions.standings.models import Standing
from tests.platform.conftest import MakeReport, timed

pytestmark = pytest.mark.django_db
PI5 = {"cpu_part": devices()["pi5"].part, "board": "Raspberry Pi 5 Model B Rev 1.0", "kernel": "6.12"}


@pytest.fixture
def board() -> Board:
    """A Pi 5 that has asked for work once."""
    Board.objects.see("pi5", "shelf", PI5)
    return Board.objects.get()


@pytest.fixture
def done(submission: Submission, graded: MakeReport) -> Submission:
    """A submission that has passed."""
    submission.claim()
    assert grading.finish(submission, graded(ratio=0.3))
    submission.refresh_from_db()
    return submission


@pytest.fixture
def waiting(board: Board, done: Submission) -> Measurement:
    """A measurement that waits for a board."""
    return Measurement.objects.get()


@pytest.fixture
def latency() -> LatencyFacts:
    """What a board measured."""
    return latency_of([timed(0.5 + 0.005 * n) for n in range(5)])


def grade(submission: Submission, report: Report) -> int:
    """How many measurements are queued once it is graded."""
    submission.claim()
    assert grading.finish(submission, report)
    return Measurement.objects.count()


def everything_that_counts(owner: User) -> list[object]:
    """All that a grading could change."""
    rows = (Submission.objects, Standing.objects, Evidence.objects)
    return [list(model.filter(owner=owner).order_by("pk").values()) for model in rows]


def test_without_a_board_nothing_is_queued(submission: Submission, graded: MakeReport) -> None:
    assert grade(submission, graded()) == 0


def test_a_graded_model_is_queued_once_for_each_device_of_which_there_is_a_board(
    submission: Submission, graded: MakeReport
) -> None:
    for device, name in (("pi5", "shelf"), ("pi5", "desk"), ("pi4", "shelf")):
        Board.objects.see(device, name, PI5)

    grade(submission, graded())
    Measurement.objects.begin(submission, graded())  # as after an operator's regrading

    assert list(Measurement.objects.of(submission).values_list("device", flat=True)) == ["pi4", "pi5"]


@pytest.mark.parametrize("kind", ["rejected", "another format", "quantized by the grader"])
def test_what_a_board_could_not_time_is_not_queued(
    kind: str, board: Board, submission: Submission, graded: MakeReport, rejected: Report
) -> None:
    report = graded()
    assert report.measured
    reports = {
        "rejected": rejected,
        "another format": replace(report, entry=replace(report.entry, format="tflite")),
        "quantized by the grader": replace(report, measured=replace(report.measured, quantized_by="grader")),
    }

    assert grade(submission, reports[kind]) == 0


def test_what_a_board_measures_changes_nothing_that_counts(waiting: Measurement, latency: LatencyFacts) -> None:
    before = everything_that_counts(waiting.owner)

    waiting.claim("shelf")
    waiting.finish(latency, PI5)

    assert Measurement.objects.get().latency == latency
    assert all(before)
    assert everything_that_counts(waiting.owner) == before


def test_a_board_gets_what_waits_for_its_device_and_nothing_else(waiting: Measurement) -> None:
    assert claim("pi4", "other", {"cpu_part": "0xd08"}) is None
    assert claim("pi5", "shelf", PI5) == waiting
    assert claim("pi5", "desk", PI5) is None


def test_a_board_that_asks_again_gets_the_same_and_what_it_had_before_is_void(
    waiting: Measurement, latency: LatencyFacts
) -> None:
    first, second = claim("pi5", "shelf", PI5), claim("pi5", "shelf", PI5)

    assert first == second == waiting
    assert first
    assert second
    assert not first.finish(latency, PI5)
    assert second.finish(latency, PI5)
    assert Measurement.objects.get().losses == 0


def test_a_lease_that_ran_out_is_taken_by_another_board_and_then_given_up(
    waiting: Measurement, latency: LatencyFacts
) -> None:
    seen = []
    for name in ("shelf", "desk"):
        late = claim("pi5", name, PI5)
        Measurement.objects.update(lease_until=now() - timedelta(seconds=1))
        tasks.reap()
        assert late
        assert not late.finish(latency, PI5)
        seen.append(Measurement.objects.get().status)

    assert seen == ["queued", "failed"]


def test_a_lease_outlasts_a_broken_connection_of_some_minutes(waiting: Measurement) -> None:
    waiting.claim("shelf")

    assert Measurement.objects.get(lease_until__gt=now() + timedelta(minutes=4))


def test_everybody_gets_one_measured_before_anybody_gets_a_second(waiting: Measurement) -> None:
    hers = waiting
    for owner in (hers.owner, baker.make(User)):
        entry = baker.make(Submission, owner=owner, challenge="int8_fashion")
        baker.make(Measurement, submission=entry, owner=owner, device="pi5")

    order = [row.owner_id for name in "abc" if (row := claim("pi5", name, PI5))]

    assert len(order) == 3
    assert order[0] == order[2] == hers.owner_id != order[1]


def test_it_waits_however_long_it_takes(waiting: Measurement) -> None:
    Measurement.objects.update(queued_at=now() - timedelta(days=90))

    tasks.reap()

    assert Measurement.objects.get().status == "queued"


def test_what_waits_is_forgotten_with_its_file(waiting: Measurement) -> None:
    default_storage.save(files.path_of(waiting.submission.sha256), ContentFile(b"model"))
    Submission.objects.all().remove_files()

    claimed = claim("pi5", "shelf", PI5)
    tasks.reap()

    assert claimed is None
    assert not Measurement.objects.exists()


def test_what_waits_is_forgotten_with_the_last_board_and_what_was_measured_is_not(
    waiting: Measurement, latency: LatencyFacts, graded: MakeReport
) -> None:
    waiting.claim("shelf")
    waiting.finish(latency, PI5)
    baker.make(Measurement, submission=baker.make(Submission, challenge="int8_fashion"), device="pi5")
    Board.objects.all().delete()

    tasks.reap()

    assert Measurement.objects.get() == waiting


def test_an_account_goes_with_its_measurements(waiting: Measurement) -> None:
    delete(waiting.owner)

    assert not Measurement.objects.exists()
    assert Board.objects.exists()


def test_an_export_has_them(waiting: Measurement) -> None:
    with export(waiting.owner) as spool, ZipFile(spool) as archive:
        assert str(waiting.pk) in archive.read("submissions.measurement.json").decode()


def broken(process: TimingProcess, how: str) -> TimingProcess:
    """A process with one thing wrong."""
    faults: dict[str, dict[str, tuple[int, ...]]] = {
        "no slices": dict.fromkeys(("reference_min_ns", "reference_total_ns", "entry_min_ns", "entry_total_ns"), ()),
        "a slice too few": {"entry_min_ns": process.entry_min_ns[1:]},
        "no time at all": {"entry_min_ns": (0, *process.entry_min_ns[1:])},
        "less than no time": {"reference_min_ns": (-1, *process.reference_min_ns[1:])},
        "no runs": {"runs_per_slice": (100, 0)},
        "parts longer than the whole": {
            "entry_total_ns": (process.entry_total_ns[0] // 2, *process.entry_total_ns[1:])
        },
    }
    return replace(process, **faults[how])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "how",
    [
        *("no slices", "a slice too few", "no time at all", "less than no time", "no runs"),
        "parts longer than the whole",
    ],
)
def test_samples_that_no_timing_gives_are_refused(how: str) -> None:
    good = [timed(0.5) for _ in range(5)]
    assert latency_of(good)

    with pytest.raises(Implausible):
        latency_of([*good[:4], broken(good[4], how)])


@pytest.mark.parametrize("processes", [0, 4, 16])
def test_so_are_too_few_processes_and_too_many(processes: int) -> None:
    with pytest.raises(Implausible):
        latency_of([timed(0.5)] * processes)


def test_the_figures_are_those_that_a_timing_here_would_give(graded: MakeReport) -> None:
    report = graded(ratio=0.4)
    assert report.measured

    latency = latency_of(report.measured.latency.processes)

    assert latency.interval[0] < latency.ratio < latency.interval[1]
    assert latency.ratio == pytest.approx(0.4, rel=0.01)
    assert latency.entry_ns == min(min(process.entry_min_ns) for process in latency.processes)


@pytest.fixture
def operator(client: Client) -> Client:
    """An operator's browser."""
    client.force_login(User.objects.create_superuser("operator@example.com", "x"))
    return client


def act(operator: Client, action: str) -> str:
    """Choose all measurements in the admin, and do something to them."""
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in Measurement.objects.all()]}
    address = reverse("admin:submissions_measurement_changelist")
    return operator.post(address, chosen, follow=True).content.decode()


@pytest.mark.parametrize("state", ["queued", "running", "done"])
def test_operators_withdraw_one_whatever_its_state(
    state: str, operator: Client, waiting: Measurement, latency: LatencyFacts
) -> None:
    held = claim("pi5", "shelf", PI5) if state != "queued" else None
    if held and state == "done":
        held.finish(latency, PI5)

    act(operator, "withdraw")

    assert Measurement.objects.get().status == "cancelled"
    assert not (held and held.finish(latency, PI5))
    assert claim("pi5", "shelf", PI5) is None


def test_operators_have_one_measured_again(operator: Client, waiting: Measurement, latency: LatencyFacts) -> None:
    waiting.claim("shelf")
    waiting.finish(latency, PI5)

    act(operator, "measure_again")

    assert not waiting.finish(latency, PI5)
    assert claim("pi5", "desk", PI5) == waiting
    assert Measurement.objects.get().latency_json == ""


def test_operators_see_boards_and_let_them_go(operator: Client, board: Board) -> None:
    page = operator.get(reverse("admin:submissions_board_changelist")).content.decode()

    assert "shelf" in page
    assert operator.post(reverse("admin:submissions_board_delete", args=[board.pk]), {"post": "yes"}).status_code == 302
    assert not Board.objects.exists()


def shown(client: Client, submission: Submission, language: str = "en") -> str:
    """The page of a submission."""
    return client.get(submission.get_absolute_url(), headers={"accept-language": language}).content.decode()


@pytest.mark.parametrize(("language", "measured"), [("ja", "実測"), ("en", "measured")])
def test_a_report_shows_what_was_measured_by_which_board_and_when(
    language: str, measured: str, signed_in: Client, waiting: Measurement, latency: LatencyFacts
) -> None:
    waiting.claim("shelf")
    waiting.finish(latency, PI5)

    page = shown(signed_in, waiting.submission, language)

    section = page[page.index('id="boards"') :]
    assert measured in section
    for told in ("Raspberry Pi 5", f"×{latency.ratio:.3f}", f"×{latency.interval[1]:.3f}", "100.0 µs", "shelf", "6.12"):
        assert told in section
    assert Measurement.objects.get().finished_at


def estimated(ratio: float) -> DeviceFacts:
    """What the device lab says of an entry on a Pi 5."""
    pi5 = devices()["pi5"]
    counts = Counts(instructions=1_000_000, level1_misses=1000, level2_misses=10, classes={})
    cost = DeviceCost(counts=counts, cycles=500_000, level1_cycles=700, level2_cycles=70, estimated_ms=0.2)
    return DeviceFacts(
        name="pi5",
        title=pi5.title,
        core=pi5.core,
        clock_ghz=pi5.clock_ghz,
        fitted=True,
        median_error=0.05,
        worst_error=0.2,
        has_dot_product=True,
        entry=cost,
        reference=cost,
        ratio=ratio,
        agreement=Agreement(items=4, difference=0.0, tolerance=0.0),
        tools={},
    )


@pytest.mark.parametrize(("off", "said"), [(0.1, "+10.0 %"), (-0.25, "−25.0 %")])
def test_beside_it_stands_how_far_off_the_estimate_is(
    off: float, said: str, signed_in: Client, waiting: Measurement, latency: LatencyFacts
) -> None:
    report = waiting.submission.report
    assert report.measured
    facts = estimated(latency.ratio * (1 + off))
    waiting.submission.take(replace(report, measured=replace(report.measured, devices=(facts,))))
    waiting.claim("shelf")
    waiting.finish(latency, PI5)

    page = shown(signed_in, waiting.submission)

    section = page[page.index('id="boards"') :]
    assert f"×{facts.ratio:.3f}" in section
    assert said in section


def test_a_report_says_for_which_boards_it_waits(signed_in: Client, waiting: Measurement) -> None:
    assert "Waits for a board: Raspberry Pi 5" in shown(signed_in, waiting.submission)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_report_without_anything_from_boards_does_not_speak_of_them(
    status: str, signed_in: Client, waiting: Measurement
) -> None:
    Measurement.objects.update(status=status)

    assert 'id="boards"' not in shown(signed_in, waiting.submission)


def test_the_state_of_the_grader_tells_how_much_waits_for_boards(client: Client, waiting: Measurement) -> None:
    page = client.get(reverse("status"), headers={"accept-language": "en"}).content.decode()

    assert "Raspberry Pi 5" in page
    assert "shelf" not in page
