"""A newcomer adds a challenge as challenges/AUTHORS.md says: a copied folder, a few edits, and no line of code."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from challenges.registry import FOLDER

pytestmark = pytest.mark.usefixtures("data_sets")

ORIGINAL = "int8_fashion"
TITLE = {"ja": "はじめての課題", "en": "My first challenge"}
KEPT = {"reference", "swapped"}  # a newcomer begins with few solutions


@pytest.fixture
def catalogue_of_ones_own(tmp_path: Path) -> Path:
    """A folder from which `python -m challenges…` runs the code as it is, over the shipped challenges and one more."""
    package = tmp_path / "challenges"
    package.mkdir()
    for path in FOLDER.iterdir():
        if path.name != "__pycache__":
            (package / path.name).symlink_to(path)
    shutil.copytree(FOLDER / ORIGINAL, package / "my_first")
    return tmp_path


@pytest.fixture
def my_first(catalogue_of_ones_own: Path) -> Path:
    """The copied folder after the edits: title, targets, fewer solutions."""
    folder = catalogue_of_ones_own / "challenges" / "my_first"
    was = tomllib.loads((folder / "challenge.toml").read_text("utf-8"))
    for language in ("ja", "en"):
        for name in ("challenge.toml", f"brief.{language}.md"):
            edit(folder / name, was["title"][language], TITLE[language])
        edit(folder / f"starter/README.{language}.md", ORIGINAL, "my_first")
    edit(folder / "challenge.toml", "max_drop = 0.01", "max_drop = 0.015")
    edit(folder / "challenge.toml", f"par = {was['targets']['size']['par']:_}", "par = 360_000")
    for solution in (folder / "solutions").iterdir():
        if solution.name not in KEPT:
            shutil.rmtree(solution)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def told(catalogue: Path, module: str, *arguments: str) -> str:
    """What a command of ours prints, run from that folder."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=catalogue, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.long)])
def test_it_lists_shows_and_hands_out_its_kit(
    catalogue_of_ones_own: Path, my_first: Path, tmp_path: Path, language: str
) -> None:
    listed = told(catalogue_of_ones_own, "challenges.cli", "list", "--lang", language)
    shown = told(catalogue_of_ones_own, "challenges.cli", "show", "my_first", "--lang", language)
    told(catalogue_of_ones_own, "challenges.cli", "start", "my_first", str(tmp_path / "kit"), "--lang", language)

    assert TITLE[language] in listed
    assert ORIGINAL in listed
    assert TITLE[language] in shown
    assert "1.5" in shown  # the gate, out of the edited file
    assert "352 KiB" in shown  # the par for size
    assert "352 KiB" in (tmp_path / "kit" / "brief.md").read_text("utf-8")
    assert "my_first" in (tmp_path / "kit" / "README.md").read_text("utf-8")
    assert (tmp_path / "kit" / "calibration.npz").is_file()


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.graded
@pytest.mark.usefixtures("device_lab")
def test_its_solutions_are_graded_as_they_declare(catalogue_of_ones_own: Path, my_first: Path) -> None:
    text = told(catalogue_of_ones_own, "challenges.verify", "my_first", "--record")

    assert set(re.findall(r"my_first/(\w+)", text)) == KEPT
    assert "NO:" not in text
    recorded = json.loads((my_first / "verdicts.json").read_bytes())["solutions"]
    assert {name: row["verdict"]["result"] for name, row in recorded.items()} == {
        "reference": "passed",
        "swapped": "rejected",
    }
    assert "| reference | gold |" in (my_first / "README.md").read_text("utf-8")


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.graded
@pytest.mark.usefixtures("device_lab")
def test_a_wrong_declaration_is_noticed(catalogue_of_ones_own: Path, my_first: Path) -> None:
    for name in KEPT - {"swapped"}:
        shutil.rmtree(my_first / "solutions" / name)
    (my_first / "solutions" / "swapped" / "solution.toml").write_text('result = "passed"\nwhy = "I believe so."\n')

    done = subprocess.run(
        [sys.executable, "-m", "challenges.verify", "my_first"],
        cwd=catalogue_of_ones_own,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "NO:" in done.stdout
