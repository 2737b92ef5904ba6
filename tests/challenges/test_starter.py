"""The starter kit: complete, the same on every day, and it works with three packages."""

import ast
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest

from challenges import starter
from challenges.datasets import fashion_mnist
from challenges.judge import judge
from challenges.registry import catalogue, find
from challenges.spec import ChallengeSpec
from challenges.starter import starter_zip, write_starter
from grader.entry import Entry
from grader.report import Result
from grader.sandbox import open_sandbox

pytestmark = pytest.mark.usefixtures("data_sets")
SPECS = list(catalogue().values())
ALLOWED_IMPORTS = sys.stdlib_module_names | {"numpy", "onnx", "onnxruntime"}


each_challenge = pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])


def quick(*names: str) -> pytest.MarkDecorator:
    """Every challenge, but in CI only these."""
    rows = [pytest.param(spec, id=spec.id, marks=[] if spec.id in names else pytest.mark.long) for spec in SPECS]
    return pytest.mark.parametrize("spec", rows)


def scripts(spec: ChallengeSpec) -> list[Path]:
    """Those of the kit."""
    return [path for path in starter._besides_readme(spec) if path.suffix == ".py"]


def run(script: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@each_challenge
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_kit_holds_everything_that_is_needed(spec: ChallengeSpec, language: str, tmp_path: Path) -> None:
    names = write_starter(spec, tmp_path / "kit", language)

    assert sorted(names) == sorted(path.name for path in (tmp_path / "kit").iterdir())
    assert {"README.md", "brief.md", "baseline.onnx", "calibration.npz", "measure.py"} <= set(names)
    assert (tmp_path / "kit" / "brief.md").read_text("utf-8") == spec.brief(language)
    assert "{" not in (tmp_path / "kit" / "README.md").read_text("utf-8")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "quantize.py").write_text("my work")

    with pytest.raises(FileExistsError, match=r"quantize\.py"):
        write_starter(find("int8_fashion"), mine, "en")

    assert (mine / "quantize.py").read_text() == "my work"
    assert len(list(mine.iterdir())) == 1


def test_the_notice_of_borrowed_data_goes_with_it(tmp_path: Path) -> None:
    write_starter(find("int4_encoder"), tmp_path, "en")

    assert "Copyright 2006 by Princeton University" in (tmp_path / "WORDNET.txt").read_text("utf-8")


def test_the_samples_of_a_data_set_are_packed_once_for_all_kits_and_readers() -> None:
    starter._samples.cache_clear()
    kits = [
        starter_zip(find(challenge), language)
        for challenge in ("nas_budget", "prune_fashion")
        for language in "en ja".split()
    ]

    assert starter._samples.cache_info().misses == 1
    for kit in kits:
        with zipfile.ZipFile(io.BytesIO(kit)) as opened:
            [samples] = [info for info in opened.infolist() if info.filename.endswith(".npz")]
            assert samples.compress_type == zipfile.ZIP_STORED  # it is packed inside


@quick("int8_fashion", "int4_encoder")
def test_the_archive_is_the_same_every_time(spec: ChallengeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = starter_zip(spec, "en")
    starter._samples.cache_clear()
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 1, 2, 3, 4, 5, 0, 2, 0))

    assert starter_zip(spec, "en") == archive
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        assert all(name.startswith(f"{spec.id}/") for name in opened.namelist())


def test_samples_come_from_the_training_file_only() -> None:
    with np.load(io.BytesIO(starter._samples("fashion_mnist")), allow_pickle=False) as samples:
        given = np.concatenate([samples["calibration"], samples["validation_inputs"]])
        labels = samples["validation_labels"]

    test = [fashion_mnist.evaluation(split, b"any").inputs for split in ("public", "hidden")]
    seen_in_test = {picture.tobytes() for picture in np.concatenate(test)}
    assert not any(picture.tobytes() in seen_in_test for picture in given)
    assert np.array_equal(labels, fashion_mnist.validation().labels[: len(labels)])


@each_challenge
def test_scripts_need_nothing_but_numpy_and_onnx_unless_they_say_so(spec: ChallengeSpec) -> None:
    given = scripts(spec)
    for script in given:
        tree = ast.parse(script.read_text("utf-8"))
        imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        about = str(ast.get_docstring(tree)).partition("Needs ")[2]
        said = {package for package, name in {"torch": "torch", "challenges": "Karui"}.items() if name in about}

        siblings = {other.stem for other in given}
        assert {name.split(".")[0] for name in imported} <= ALLOWED_IMPORTS | siblings | said
        assert script.name != spec.starter.script or not said


@each_challenge
def test_scripts_turn_telemetry_off_before_the_runtime_loads(spec: ChallengeSpec) -> None:
    for script in scripts(spec):
        statements = [
            line for line in script.read_text("utf-8").splitlines() if "onnxruntime" in line or "ORT_" in line
        ]
        loads = [line for line in statements if line.startswith(("import onnxruntime", "from onnxruntime"))]

        if loads:
            switch = next(line for line in statements if line.startswith('os.environ["ORT_DISABLE_TELEMETRY"] = "1"'))
            assert statements.index(switch) < statements.index(loads[0])


def make_and_measure(spec: ChallengeSpec, folder: Path) -> None:
    """What somebody does who has unpacked the kit."""
    write_starter(spec, folder, "en")
    run(spec.starter.script, folder)
    told = run("measure.py", folder)

    onnx.checker.check_model(onnx.load(folder / "entry.onnx"))
    assert "accuracy" in told


@quick("int8_fashion")
def test_the_scripts_make_an_entry_and_measure_it(spec: ChallengeSpec, tmp_path: Path) -> None:
    make_and_measure(spec, tmp_path)


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.graded
@pytest.mark.long  # in CI verdicts on record stand for gradings, in test_solutions.py
@each_challenge
def test_the_first_entry_is_graded_and_leaves_something_to_do(spec: ChallengeSpec, tmp_path: Path) -> None:
    make_and_measure(spec, tmp_path)

    report = judge(spec, Entry.read(tmp_path / "entry.onnx"), "public", open_sandbox())

    assert report.result is spec.starter.result, report.reasons
    assert report.result is not Result.PASSED


def test_rewriting_a_channel_changes_no_answer(tmp_path: Path) -> None:
    """The example in the kit is right: only then is it an example."""
    write_starter(find("survive_int8"), tmp_path, "en")
    run("rewrite.py", tmp_path)

    before, after = (onnx.load(tmp_path / name) for name in ("baseline.onnx", "entry.onnx"))

    images = fashion_mnist.validation().first(64).inputs
    assert before.SerializeToString() != after.SerializeToString()
    assert np.allclose(answers(before, images), answers(after, images), atol=1e-4)


def answers(model: onnx.ModelProto, images: np.ndarray) -> np.ndarray:
    import onnxruntime as ort  # after grader, which turns its telemetry off

    return ort.InferenceSession(model.SerializeToString()).run(None, {"input": images})[0]
