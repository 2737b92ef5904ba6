"""challenge.toml is read strictly: a mistake is named, with its file."""

import shutil
from pathlib import Path

import pytest

from challenges.machine import MachineClass
from challenges.registry import FOLDER, catalogue, everything, find, find_any, kernels, load
from challenges.spec import ChallengeSpec, read_spec
from grader.errors import ChallengeBroken
from grader.wording import say

IDS = list(catalogue())
ORIGINAL = FOLDER / "int8_fashion"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a challenge that a test may damage."""
    shutil.copytree(ORIGINAL, tmp_path / "broken", ignore=shutil.ignore_patterns("solutions", "starter"))
    return tmp_path / "broken"


def refusal(folder: Path) -> ChallengeBroken:
    with pytest.raises(ChallengeBroken) as failure:
        read_spec(folder)
    return failure.value


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_every_folder_with_a_challenge_is_in_the_catalogue() -> None:
    assert sorted(everything()) == sorted(path.parent.name for path in FOLDER.glob("*/challenge.toml"))
    assert sorted(everything()) == sorted([*catalogue(), *kernels()])


@pytest.mark.parametrize("challenge_id", list(everything()))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_challenge_speaks_both_languages(challenge_id: str, language: str) -> None:
    spec = find_any(challenge_id)

    brief = spec.brief(language)

    assert brief.startswith(f"# {spec.title[language]}\n")
    assert spec.summary[language]
    assert "{" not in brief
    figures = spec.figures()
    asked = [figures["max_drop"]] if "max_drop" in figures else [figures[name] for name in figures if "par_" in name]
    assert all(figure in brief for figure in asked)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('version = 2\ntrack = "closed"', 'version = 2\ntrack = "half-open"', "half-open"),
        ("minutes = 60", "minutes = 60\nminuets = 3", "minuets"),
        ("minutes = 60", 'minutes = "sixty"', "minutes"),
        ('dataset = "fashion_mnist"', 'dataset = "fashion"', "fashion"),
        ("weight = 0.40", "weight = 0.50", "sum to 1"),
        ("max_drop = 0.01", "max_drop = 0.01\nmax_rise = 1", "max_rise"),
        ("vnni = 0.57, ", "", "targets.latency.native"),
        ('device = "pi5"', 'device = "pi3"', "pi4, pi5"),
        ('device = "pi5"\n', "", "targets.latency.par"),
        ("par = 0.36", "par = { vnni = 0.5, avx512 = 0.5, avx2 = 0.5 }", "targets.latency.par"),
        ("native = { vnni = 0.57, avx512 = 0.92, avx2 = 0.78 }\n", "", "targets.latency.native"),
        ('formats = ["onnx", "tflite", "pt2"]', 'formats = ["onnx"]', "targets.latency.native"),
        ("memory = 19_456", "memory = 19_456\nlatency = { vnni = 0.5, avx512 = 0.5, avx2 = 0.5 }", "gold.latency"),
        ("[title]", "[title", "line"),
    ],
)
def test_a_mistake_is_named_with_its_file(folder: Path, old: str, new: str, told: str) -> None:
    edit(folder / "challenge.toml", old, new)

    error = refusal(folder)

    assert error.code == "challenge_invalid"
    assert error.params["file"] == "broken/challenge.toml"
    assert told in str(error.params["reason"])


@pytest.mark.parametrize("name", ["baseline.onnx", "baseline.tflite", "brief.ja.md", "brief.en.md"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    error = refusal(folder)

    assert (error.code, error.params["file"]) == ("challenge_incomplete", name)


def test_a_brief_may_not_ask_for_a_figure_that_is_not_there(folder: Path) -> None:
    edit(folder / "brief.en.md", "{size_par}", "{seize_par}")

    error = refusal(folder)

    assert error.params["file"] == "broken/brief.en.md"
    assert "seize_par" in str(error.params["reason"])


@pytest.mark.parametrize("machine", list(MachineClass))
def test_the_latency_par_is_that_of_the_machine(machine: MachineClass) -> None:
    spec = read_spec(ORIGINAL, machine)

    assert spec.targets.latency is not None
    assert spec.targets.latency.native == spec.latency_pars[machine]


@pytest.mark.parametrize("machine", list(MachineClass))
def test_the_par_of_a_device_is_the_same_on_every_machine(machine: MachineClass) -> None:
    spec = read_spec(ORIGINAL, machine)

    assert spec.targets.latency is not None
    assert spec.targets.latency.par == 0.36
    assert spec.device is not None
    assert spec.device.title == "Raspberry Pi 5"
    assert spec.figures()["latency_device"] == "Raspberry Pi 5"
    assert spec.figures()["latency_par"] == "0.36"


def test_gold_may_ask_for_a_devices_figure_beside_those_of_processors() -> None:
    spec = read_spec(FOLDER / "resnet50_tenfold", MachineClass.AVX512)

    assert spec.targets.gold is not None
    assert (spec.targets.gold.latency, spec.targets.gold.native_latency) == (0.10, 0.20)
    assert spec.figures()["latency_gold"] == "0.1"


def test_a_wider_instruction_set_asks_for_more_only_with_vnni() -> None:
    pars = find("int8_fashion").latency_pars

    assert pars[MachineClass.VNNI] < pars[MachineClass.AVX2] < 1
    assert pars[MachineClass.AVX512] < 1


def test_an_unknown_challenge_is_told_with_those_that_exist() -> None:
    with pytest.raises(ChallengeBroken) as failure:
        find("int9_fashion")

    sentence = say(failure.value.code, failure.value.params, "en")
    assert "int9_fashion" in sentence.message
    assert "survive_int8" in sentence.hint


IN_CI = {"int8_fashion", "keyword_spotting"}
LOADED = [pytest.param(find(name), id=name, marks=[] if name in IN_CI else pytest.mark.long) for name in IDS]


@pytest.mark.usefixtures("data_sets")
@pytest.mark.parametrize("spec", LOADED)
def test_a_challenge_is_loaded_with_the_items_of_the_split(spec: ChallengeSpec) -> None:
    public, hidden = load(spec, "public"), load(spec, "hidden")

    assert (public.evaluation.split, hidden.evaluation.split) == ("public", "hidden")
    assert min(len(public.evaluation.labels), len(hidden.evaluation.labels)) >= 3_000
    assert len(public.calibration) == 256
    assert public.reference == spec.baseline_path.read_bytes()
