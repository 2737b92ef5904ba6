"""The `karui` command, in both languages, with its exit codes."""

from pathlib import Path

import pytest

from challenges import cli
from challenges.cli import FAILED, GRADED, REJECTED, main
from challenges.datasets import fashion_mnist
from challenges.registry import find
from challenges.solutions import Solution
from challenges.spec import ChallengeSpec
from grader.devices.lab import Lab
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.evaluation import entry_facts
from grader.ladder import Climbing, LadderReport, RungName
from grader.parity import Comparing, ParityEntry, ParityFigures, ParityPair, ParityReport
from grader.report import Finding, Report, Result
from grader.sandbox.base import Sandbox
from grader.sandbox.fake import FakeSandbox
from grader.wording import say


@pytest.fixture(autouse=True)
def wide_english_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("KARUI_LANG", "en")


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    spec = find("int8_fashion")
    path = tmp_path / "entry.onnx"
    path.write_bytes(Solution.read(spec.folder / "solutions" / "reference").build(spec).data)
    return path


def test_list_names_every_challenge(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == GRADED

    told = capsys.readouterr().out
    assert "int8_fashion" in told
    assert find("survive_int8").title["en"] in told


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["--lang", "ja"], {}, "ja"),
        (["--lang=ja"], {}, "ja"),
        ([], {"KARUI_LANG": "ja"}, "ja"),
        ([], {"KARUI_LANG": "", "LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "ja"),
        ([], {"KARUI_LANG": "", "LC_ALL": "", "LANG": "fr_FR.UTF-8"}, "en"),
        (["--lang", "en"], {"KARUI_LANG": "ja"}, "en"),
    ],
)
def test_the_language_is_asked_for_or_the_systems(
    arguments: list[str],
    environment: dict[str, str],
    language: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    main(["list", *arguments])

    assert find("int8_fashion").title[language] in capsys.readouterr().out


def test_show_prints_the_brief(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "survive_int8", "--lang", "ja"]) == GRADED

    assert find("survive_int8").title["ja"] in capsys.readouterr().out


def test_help_is_spoken_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["grade", "--help", "--lang", "ja"])

    assert ended.value.code == 0
    assert "このマシンでモデルを採点する" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["grade"], ["dance"], ["list", "--lang", "fr"], ["list", "--lang"]])
def test_a_wrong_command_line_is_not_mistaken_for_a_rejected_entry(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == FAILED


def test_an_unknown_challenge_is_said_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "int9"]) == FAILED

    told = capsys.readouterr().err
    assert "int9" in told
    assert "int8_fashion" in told


def test_start_writes_the_kit_where_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "int8_fashion", str(tmp_path / "mine")]) == GRADED

    assert (tmp_path / "mine" / "baseline.onnx").is_file()
    assert str(tmp_path / "mine") in capsys.readouterr().out


def test_start_makes_a_folder_of_the_challenges_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    main(["start", "survive_int8"])

    assert (tmp_path / "survive_int8" / "README.md").is_file()


def test_start_does_not_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("my notes")

    assert main(["start", "int8_fashion", str(tmp_path)]) == FAILED

    assert "README.md" in capsys.readouterr().err
    assert (tmp_path / "README.md").read_text() == "my notes"


def test_a_model_that_is_not_there_is_our_caller_s_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "int8_fashion", str(tmp_path / "none.onnx")]) == FAILED

    assert "none.onnx" in capsys.readouterr().err


def test_a_data_set_that_cannot_be_had_is_said(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "no-package")
    monkeypatch.setattr(fashion_mnist, "SOURCES", ("http://127.0.0.1:9/",))

    assert main(["grade", "int8_fashion", str(reference)]) == FAILED

    assert "dataset-fashion-mnist" in capsys.readouterr().err


@pytest.mark.usefixtures("data_sets")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_rejected_entry_is_explained(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "open_sandbox", FakeSandbox)
    monkeypatch.setattr(Lab, "is_whole", False)  # a sandbox without walls emulates nothing
    (tmp_path / "entry.onnx").write_text("this is no model")

    assert main(["grade", "survive_int8", str(tmp_path / "entry.onnx"), "--lang", language]) == REJECTED

    told = capsys.readouterr().out
    assert say("verdict_rejected", {}, language).message in told
    assert say("not_the_format", {"format": "onnx"}, language).hint in told


@pytest.mark.sandbox
@pytest.mark.long  # tests/browser/test_agreement.py runs it too
@pytest.mark.usefixtures("data_sets", "device_lab")
def test_a_graded_entry_is_shown_and_kept(reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "int8_fashion", str(reference), "--json", str(tmp_path / "report.json")]) == GRADED

    report = Report.from_json((tmp_path / "report.json").read_bytes())
    assert report.result is Result.PASSED
    assert report.split == "public"
    assert report.measured is not None
    assert report.measured.latency.processes
    told = capsys.readouterr().out
    assert say("verdict_passed", {}, "en").message in told
    assert f"{report.measured.accuracy.value:.2%}" in told
    assert "int8 307,402" in told
    assert "hidden half" in told


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_quantized_model_finds_no_ladder(
    language: str, reference: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(spec: ChallengeSpec, entry: Entry, sandbox: Sandbox, progress: Climbing) -> LadderReport:
        raise EntryRejected("ladder_not_float", where="stem")

    monkeypatch.setattr(cli, "climb", refuse)

    assert main(["ladder", "int8_fashion", str(reference), "--lang", language]) == REJECTED

    assert say("ladder_not_float", {"where": "stem"}, language).message in capsys.readouterr().err


@pytest.mark.sandbox
@pytest.mark.long
def test_the_baseline_climbs_every_rung(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ladder", "int8_fashion", str(find("int8_fashion").baseline_path)]) == GRADED

    told = capsys.readouterr().out
    assert all(say(f"rung_{rung}", {}, "en").message in told for rung in RungName)
    assert "B  -" not in told
    assert "No rung loses more" in told


@pytest.mark.parametrize("language", ["ja", "en"])
def test_files_are_compared_side_by_side(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / name for name in ("a.onnx", "b.tflite", "c.tflite")]
    for file in files:
        file.write_bytes(b"model")

    def told(spec: ChallengeSpec, entries: list[Entry], sandbox: Sandbox, progress: Comparing) -> ParityReport:
        progress(entries[0].name, 0.5)
        figures = ParityFigures(
            accuracy=0.9304,
            size_bytes=330_512,
            memory_bytes=18_816,
            latency=1.153,
            latency_interval=(1.132, 1.174),
            entry_ns=293_319,
            points=81.5,
        )
        measured = [ParityEntry(name=entry.name, facts=entry_facts(entry), figures=figures) for entry in entries[:2]]
        refused = ParityEntry(name="c.tflite", facts=entry_facts(entries[2]), failure=Finding("tflite_damaged"))
        pair = ParityPair(first=0, second=1, same_answers=0.9975, max_difference=0.25, mean_difference=0.01)
        return ParityReport(
            challenge=spec.id,
            challenge_version=1,
            split="public",
            items=400,
            entries=(*measured, refused),
            pairs=(pair,),
        )

    monkeypatch.setattr(cli, "compare", told)
    monkeypatch.setattr(cli, "open_sandbox", FakeSandbox)

    assert main(["parity", "int8_fashion", *map(str, files), "--lang", language]) == GRADED

    out = capsys.readouterr().out
    assert "a.onnx / b.tflite" in out
    assert "99.75%" in out
    assert "1.153 [1.132, 1.174]" in out
    assert say("tflite_damaged", {}, language).message in out


def test_a_file_that_cannot_be_read_compares_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", "int8_fashion", str(tmp_path / "nothing.onnx")]) == FAILED

    assert "nothing.onnx" in capsys.readouterr().err
