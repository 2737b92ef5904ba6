"""`karui worker --device pi5` against the real site: a second worker here stands for the board that was not at hand."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from api.models import Scope
from challenges.cli import main
from challenges.errand import Errand
from challenges.online import machine
from challenges.online import worker as command
from challenges.online.answers import Lease, Problem
from challenges.online.site import SiteRefused, SiteUnreachable
from challenges.registry import find, load
from challenges.solutions import Solution
from grader.entry import Entry
from grader.errors import EntryRejected, SandboxUnavailable
from grader.measure.latency import facts_of
from grader.report import LatencyFacts
from grader.sandbox.fake import FakeSandbox
from grader.stages import Progress
from submissions import files, grading
from submissions.measurements.models import Board, Measurement
from submissions.models import Submission
from tests.data_sets import MACHINE_HOME, SECRET, lend
from tests.platform.api.conftest import token_of
from tests.platform.api.way import Way, into_this_process
from tests.platform.conftest import ONNX, MakeReport, timed

SITE = "http://testserver"
WORKER = ["worker", "--device", "pi5", "--name", "shelf", "--once"]
PI5 = "processor\t: 0\nCPU part\t: 0xd0b\n\nprocessor\t: 1\nCPU part\t: 0xd0b\n"
PI4 = PI5.replace("0xd0b", "0xd08")
PC = "processor\t: 0\nvendor_id\t: AuthenticAMD\n"


def system(folder: Path, cpuinfo: str = PI5) -> Path:
    """What the kernel of such a machine shows of it."""
    shown = {
        "proc/cpuinfo": cpuinfo,
        "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        f"{machine.CLOCKS}/scaling_governor": "performance\n",
        f"{machine.CLOCKS}/scaling_cur_freq": "2400000\n",
    }
    for name, text in shown.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def operator(db: None) -> User:
    """Who has a board."""
    return User.objects.create_superuser("operator@example.com", "x")


@pytest.fixture
def a_pi5(operator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that looks like one, with a token for it and a cage."""
    monkeypatch.setattr(machine, "SYSTEM", system(tmp_path / "system"))
    monkeypatch.setattr(command, "open_sandbox", FakeSandbox)
    monkeypatch.setattr(command, "IDLE_S", 0.0)
    monkeypatch.setenv("KARUI_HOME", str(tmp_path))
    monkeypatch.setenv("KARUI_SITE", SITE)
    monkeypatch.setenv("KARUI_TOKEN", token_of(operator, "measure:pi5"))
    return tmp_path / "system"


@pytest.fixture
def way(a_pi5: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """Between it and the site."""
    with into_this_process(monkeypatch) as between:
        yield between


@pytest.fixture
def timings(monkeypatch: pytest.MonkeyPatch) -> list[Errand]:
    """What was timed, with samples from the drawer."""
    ran: list[Errand] = []

    def run(errand: Errand, sandbox: FakeSandbox, progress: Progress | None = None) -> LatencyFacts:
        ran.append(errand)
        return facts_of([timed(0.5)] * 5, 0)

    monkeypatch.setattr(Errand, "run", run)
    return ran


@pytest.fixture
def waiting(way: Way, submission: Submission, graded: MakeReport, monkeypatch: pytest.MonkeyPatch) -> Measurement:
    """A measurement that waits for a Pi 5."""
    lend_one_split(monkeypatch)
    Board.objects.see("pi5", "shelf", {})
    return queued(submission, graded, ONNX)


def lend_one_split(patch: pytest.MonkeyPatch) -> None:
    """The site has the data sets of this machine."""
    patch.setenv("KARUI_HOME", str(MACHINE_HOME))
    challenge = load(find("int8_fashion"), "public")
    patch.setattr("submissions.measurements.errands.load", lambda *_: challenge)


def queued(submission: Submission, graded: MakeReport, model: bytes) -> Measurement:
    """A graded submission's row, with its file in the storage."""
    submission.sha256 = Entry("", model).sha256
    submission.save()
    default_storage.save(files.path_of(submission.sha256), ContentFile(model))
    submission.claim()
    grading.finish(submission, graded())
    return Measurement.objects.get()


@pytest.mark.usefixtures("timings")
def test_a_model_is_fetched_timed_and_handed_in(waiting: Measurement, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORKER) == 0

    row, told = Measurement.objects.get(), capsys.readouterr().out
    assert (row.status, row.worker) == ("done", "shelf")
    assert row.latency.processes == (timed(0.5),) * 5
    assert row.machine["board"] == "Raspberry Pi 5 Model B Rev 1.0"
    assert (row.machine["governor"], row.machine["clock_mhz"]) == ("performance", "2400")
    assert row.machine["onnxruntime"]
    assert f"int8_fashion: {row.latency.ratio:.3f}" in told
    assert "0.100 ms" in told


def test_what_it_times_is_what_was_handed_in(waiting: Measurement, timings: list[Errand]) -> None:
    main(WORKER)

    assert [(errand.challenge, errand.model) for errand in timings] == [("int8_fashion", ONNX)]
    assert timings[0].reference == find("int8_fashion").baseline_path.read_bytes()


@pytest.mark.parametrize(("language", "told"), [("ja", "待っているモデルはありません"), ("en", "Nothing waits")])
def test_where_nothing_waits_it_says_so(language: str, told: str, way: Way, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORKER, "--lang", language]) == 0
    assert told in capsys.readouterr().out
    assert Board.objects.get().name == "shelf"


@pytest.mark.parametrize(("language", "told"), [("ja", "Raspberry Pi 5 ではありません"), ("en", "no Raspberry Pi 5")])
@pytest.mark.parametrize("cpuinfo", [PI4, PC, PI5 + PI4, ""])
def test_a_machine_that_is_another_asks_for_nothing(
    language: str, told: str, cpuinfo: str, a_pi5: Path, way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    system(a_pi5, cpuinfo)

    assert main([*WORKER, "--lang", language]) == 1
    assert told in capsys.readouterr().err
    assert way.asked == []


def test_without_a_cage_it_asks_for_nothing(
    way: Way, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_none() -> None:
        raise SandboxUnavailable("sandbox_failed", detail="no namespaces")

    monkeypatch.setattr(command, "open_sandbox", open_none)

    assert main(WORKER) == 1
    assert "no namespaces" in capsys.readouterr().err
    assert way.asked == []


@pytest.mark.parametrize("scope", [Scope.SUBMIT, "measure:pi4"])
@pytest.mark.parametrize("options", [WORKER, WORKER[:-1]])
def test_a_token_without_the_scope_is_told_which_it_needs(
    scope: str,
    options: list[str],
    way: Way,
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KARUI_TOKEN", token_of(operator, scope))

    assert main(options) == 1
    assert "measure:pi5" in capsys.readouterr().err


@pytest.mark.usefixtures("timings")
@pytest.mark.parametrize("fault", ["not sent", "answer lost", "bad gateway"])
@pytest.mark.parametrize("at", range(3))
def test_whatever_breaks_on_the_way_it_is_measured(fault: str, at: int, waiting: Measurement, way: Way) -> None:
    way.faults = [""] * at + [fault]

    assert main(WORKER) == 0
    row = Measurement.objects.get()
    assert (row.status, row.losses) == ("done", 0)


@pytest.mark.usefixtures("timings")
def test_a_way_that_is_broken_for_long_is_waited_for(
    waiting: Measurement, way: Way, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Enough(Exception):
        pass

    def rest(_seconds: float) -> None:
        if Measurement.objects.get().status == "done":
            raise Enough

    monkeypatch.setattr("time.sleep", rest)
    way.faults = [*["not sent"] * 9, "", "", *["answer lost"] * 1]

    with pytest.raises(Enough):
        main(WORKER[:-1])

    assert capsys.readouterr().out.count("Trying again") == 2
    assert Measurement.objects.get().losses == 0


def test_a_model_that_cannot_be_timed_there_is_told_to_the_site(
    waiting: Measurement, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object) -> LatencyFacts:
        raise EntryRejected("memory_limit", limit_mib=512)

    monkeypatch.setattr(Errand, "run", run)

    assert [main(WORKER), main(WORKER)] == [0, 0]
    row = Measurement.objects.get()
    assert (row.status, row.failure_code, row.failure_params) == ("failed", "memory_limit", {"limit_mib": "512"})
    assert "512" in capsys.readouterr().out


def test_an_answer_that_comes_too_late_is_dropped_and_it_goes_on(
    waiting: Measurement, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object) -> LatencyFacts:
        Measurement.objects.withdraw()
        return facts_of([timed(0.5)] * 5, 0)

    monkeypatch.setattr(Errand, "run", run)

    assert main(WORKER) == 0
    assert Measurement.objects.get().status == "cancelled"
    assert "does not wait for this any more" in capsys.readouterr().out


class Told:
    """A site that is told of renewals. refuses: after how many it says no; 0: it cannot be reached at all."""

    def __init__(self, refuses: int) -> None:
        self.refuses = refuses
        self.renewed = 0

    def renew(self, _device: str, _lease: Lease) -> None:
        self.renewed += 1
        if not self.refuses:
            raise SiteUnreachable("no way")
        if self.renewed == self.refuses:
            raise SiteRefused(Problem("conflict"))


@pytest.mark.parametrize(("refuses", "fewest", "most"), [(99, 3, 99), (0, 3, 99), (1, 1, 1)])
def test_a_lease_is_renewed_until_it_is_lost(refuses: int, fewest: int, most: int) -> None:
    import time

    site, begun = Told(refuses), time.monotonic()

    with command.renewed(site, "pi5", Lease("x", 1, "int8_fashion", 0.03)):  # type: ignore[arg-type]
        while site.renewed < fewest and time.monotonic() - begun < 10:
            time.sleep(0.01)
        time.sleep(0.05)

    assert fewest <= site.renewed <= most


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_second_worker_here_times_a_model_as_a_board_would(
    live_server: LiveServer,
    user: User,
    submission: Submission,
    graded: MakeReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = find("int8_fashion")
    lend(tmp_path / "site")
    for name, value in {**SECRET, "KARUI_HOME": str(tmp_path / "site")}.items():
        monkeypatch.setenv(name, value)
    operator = User.objects.create_superuser("operator@example.com", "x")
    begin = board(live_server, tmp_path, token_of(operator, "measure:pi5"))

    registered = begin()
    row = queued(submission, graded, Solution.read(spec.folder / "solutions" / "reference").build(spec).data)
    measured = begin()

    assert (registered.returncode, measured.returncode) == (0, 0), registered.stderr + measured.stderr
    assert "Nothing waits" in registered.stdout
    row.refresh_from_db()
    assert (row.status, row.worker) == ("done", "shelf")
    assert 0.0 < row.latency.ratio < 1.0  # quantized it is faster here as well
    assert row.latency == facts_of(row.latency.processes, row.latency.reference_ns)
    assert row.machine["sandbox"].startswith("bwrap")
    assert f"{row.latency.ratio:.3f}" in measured.stdout
    assert not (tmp_path / "board").exists()  # it has kept nothing


def board(site: LiveServer, folder: Path, token: str) -> Callable[[], "subprocess.CompletedProcess[str]"]:
    """A process of its own that knows the site's address and its token, and nothing else of this one."""
    seen = system(folder / "system")
    code = f"import sys, pathlib; from challenges.online import machine; machine.SYSTEM = pathlib.Path({str(seen)!r})"
    run = [sys.executable, "-c", f"{code}; from challenges.cli import main; sys.exit(main(sys.argv[1:]))", *WORKER]
    mine = {"KARUI_SITE": site.url, "KARUI_TOKEN": token, "KARUI_HOME": str(folder / "board"), "KARUI_LANG": "en"}
    kept = {name: os.environ[name] for name in ("PATH", "ORT_DISABLE_TELEMETRY") if name in os.environ}
    tree = Path(__file__).parents[3]
    return lambda: subprocess.run(
        run, env={**kept, **mine, "COLUMNS": "300"}, cwd=tree, capture_output=True, text=True, timeout=300, check=False
    )
