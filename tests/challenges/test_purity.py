"""Challenges work without the site and without torch."""

import ast
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from challenges.registry import FOLDER
from challenges.wording import words
from grader.wording import LANGUAGES, sentences

MODULES = "challenges, challenges.cli, challenges.registry, challenges.judge, challenges.starter, challenges.verify"


def test_importing_challenges_loads_neither_torch_nor_django() -> None:
    code = f"import sys, {MODULES}; print(*sorted({{'django', 'torch', 'celery'}} & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == []


def raised_codes() -> Iterator[str]:
    """First argument of every ChallengeBroken in our source."""
    for source in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ChallengeBroken":
                assert isinstance(node.args[0], ast.Constant)
                yield str(node.args[0].value)


@pytest.mark.parametrize("code", sorted(set(raised_codes())))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_sentence_and_a_hint(code: str, language: str) -> None:
    assert sentences(language)[code].message
    assert sentences(language)[code].hint


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_command_says_the_same_in_both_languages() -> None:
    ja, en = words("ja"), words("en")

    assert ja.keys() == en.keys()
    assert {key: gaps(text) for key, text in ja.items()} == {key: gaps(text) for key, text in en.items()}


def test_every_text_of_the_command_is_used() -> None:
    """A key stands in the source as it is, or its beginning does and the code appends the rest."""
    scripts = [FOLDER / "cli.py", FOLDER / "terminal.py", *FOLDER.glob("online/*.py")]
    source = "".join(script.read_text("utf-8") for script in scripts).replace("'", '"')

    unused = [key for key in words("en") if f'"{key}"' not in source and f'"{key.split("_")[0]}_{{' not in source]

    assert unused == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/solutions/*/solution.toml")), ids=lambda path: path.parent.name)
def test_every_solution_says_why_it_gets_its_verdict(path: Path) -> None:
    assert len(tomllib.loads(path.read_text("utf-8"))["why"]) > 30
