"""`karui login | submit | status | fetch | logout` against the real site, in one process."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from api.models import Scope, Token, Upload
from challenges.cli import main
from challenges.online import site
from challenges.online.login import path as login_path
from submissions.models import Status, Submission
from tests.platform.api.conftest import token_of
from tests.platform.api.way import Way, into_this_process
from tests.platform.conftest import ONNX, MakeReport

pytestmark = pytest.mark.django_db
SITE = "http://testserver"
Wire = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Way]:
    """Requests of the command reach the site in this process, and nobody waits."""
    monkeypatch.setattr("challenges.online.commands.POLL_S", 0.0)
    monkeypatch.setenv("KARUI_HOME", str(tmp_path))
    with into_this_process(monkeypatch) as between:
        yield between


@pytest.fixture
def signed_in_here(user: User, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine that may act for somebody."""
    token = token_of(user)
    monkeypatch.setenv("KARUI_SITE", SITE)
    monkeypatch.setenv("KARUI_TOKEN", token)
    return token


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """What somebody made."""
    path = tmp_path / "entry.onnx"
    path.write_bytes(ONNX)
    return path


@pytest.fixture
def graded_at_once(monkeypatch: pytest.MonkeyPatch, graded: MakeReport) -> Callable[..., None]:
    """A worker that has a verdict by the second look."""

    def build(**how_good: float) -> None:
        def followed(_site: site.Site, submission: object, _language: str) -> object:
            row = Submission.objects.get()
            row.claim()
            row.finish(graded(**how_good))
            return _site.submission(str(row.pk))

        monkeypatch.setattr("challenges.online.commands.followed", followed)

    return build


def log_in(monkeypatch: pytest.MonkeyPatch, token: str) -> int:
    """With the token piped in."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    return main(["login", "--site", f"{SITE}/"])


def test_a_token_that_works_is_kept_for_its_owner_alone(
    user: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert log_in(monkeypatch, token_of(user)) == 0

    assert user.email in capsys.readouterr().out
    assert login_path().stat().st_mode & 0o777 == 0o600
    assert main(["status"]) == 0


@pytest.mark.parametrize("token", ["", "karui_wrong"])
def test_a_token_that_does_not_work_is_not_kept(
    db: None, token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert log_in(monkeypatch, token) == 1

    assert capsys.readouterr().err
    assert not login_path().exists()


def test_signing_out_revokes_the_token(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(monkeypatch, token_of(user))

    assert main(["logout"]) == 0
    assert not Token.objects.exists()
    assert not login_path().exists()


@pytest.mark.parametrize("command", [["status"], ["submit", "int8_fashion", "MODEL"], ["fetch", "x"], ["logout"]])
def test_without_a_login_it_says_how_to_get_one(
    command: list[str], model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(model) if word == "MODEL" else word for word in command]) == 1
    assert "karui login" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in_here")
def test_a_model_is_handed_in_and_its_page_named(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", "int8_fashion", str(model), "--no-wait"]) == 0

    row = Submission.objects.get()
    assert f"{SITE}/submissions/{row.pk}/" in capsys.readouterr().out
    assert (row.file_name, row.entry().data) == ("entry.onnx", ONNX)


@pytest.mark.usefixtures("signed_in_here")
@pytest.mark.parametrize("fault", ["not sent", "answer lost", "bad gateway"])
@pytest.mark.parametrize("at", range(6))
def test_whatever_breaks_on_the_way_it_is_handed_in_once(
    fault: str, at: int, model: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "PART_BYTES", 12)
    way.faults = [""] * at + [fault]

    assert main(["submit", "int8_fashion", str(model), "--no-wait"]) == 0
    assert Submission.objects.get().entry().data == ONNX
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("signed_in_here")
def test_an_upload_that_was_given_up_goes_on_where_it_broke(
    model: Path, way: Way, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "PART_BYTES", 12)
    way.faults = ["", "", *["not sent"] * 9]
    gave_up = main(["submit", "int8_fashion", str(model), "--no-wait"])
    sent = Upload.objects.get().received_bytes
    way.faults, way.asked = [], []

    assert gave_up == 1
    assert "run the same command again" in capsys.readouterr().err
    assert main(["submit", "int8_fashion", str(model), "--no-wait"]) == 0
    assert sum("PATCH" in asked for asked in way.asked) == -((sent - len(ONNX)) // 12)


@pytest.mark.usefixtures("signed_in_here")
def test_a_file_that_the_site_has_is_not_sent_again(model: Path, way: Way) -> None:
    main(["submit", "int8_fashion", str(model), "--no-wait"])
    way.asked = []

    assert main(["submit", "survive_int8", str(model), "--no-wait"]) == 0
    assert not any("PATCH" in asked for asked in way.asked)


@pytest.mark.usefixtures("signed_in_here")
@pytest.mark.parametrize(
    ("accuracy", "options", "code"),
    [(0.918, [], 0), (0.80, [], 0), (0.918, ["--must-pass"], 0), (0.80, ["--must-pass"], 3)],
)
def test_it_waits_shows_the_report_and_ends_as_ci_wants_it(
    accuracy: float,
    options: list[str],
    code: int,
    model: Path,
    graded_at_once: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    graded_at_once(accuracy=accuracy)

    assert main(["submit", "int8_fashion", str(model), *options]) == code

    told = capsys.readouterr().out
    assert f"Accuracy {accuracy:.2%}" in told
    assert "The site will differ" not in told


@pytest.mark.usefixtures("signed_in_here")
def test_a_refusal_is_told_in_the_language_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "entry.txt").write_text("no model")

    assert main(["submit", "int8_fashion", str(tmp_path / "entry.txt"), "--lang", "ja"]) == 1
    assert "ファイル" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in_here")
def test_a_failure_of_ours_is_told_as_ours(submission: Submission, capsys: pytest.CaptureFixture[str]) -> None:
    Submission.objects.update(status=Status.FAILED, failure_code="worker_lost")

    assert main(["status", str(submission.pk)]) == 1
    assert "stopped twice" in capsys.readouterr().err


@pytest.mark.usefixtures("signed_in_here")
def test_the_list_says_how_each_stands(submission: Submission, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert main(["status", str(submission.pk)]) == 0

    told = capsys.readouterr().out
    assert "int8_fashion" in told
    assert "place 1 in the queue" in told


@pytest.mark.usefixtures("signed_in_here")
def test_a_report_is_fetched_into_a_file(
    submission: Submission, graded: MakeReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission.claim()
    submission.finish(graded())
    monkeypatch.chdir(tmp_path)

    assert main(["fetch", str(submission.pk)]) == 0
    assert main(["fetch", str(submission.pk), "--to", "here.json"]) == 0
    assert Path("here.json").read_bytes() == Path(f"karui-{submission.pk}.json").read_bytes() == graded().to_json()


@pytest.mark.usefixtures("signed_in_here")
def test_a_report_that_is_not_there_yet_leaves_no_file(submission: Submission, tmp_path: Path) -> None:
    assert main(["fetch", str(submission.pk), "--to", str(tmp_path / "r.json")]) == 1
    assert not (tmp_path / "r.json").exists()


def test_a_token_that_may_only_read_is_told_so(
    user: User, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in(monkeypatch, token_of(user, Scope.READ))
    os.environ.pop("KARUI_TOKEN", None)

    assert main(["submit", "int8_fashion", str(model)]) == 1
    assert capsys.readouterr().err
    assert not Submission.objects.exists()
