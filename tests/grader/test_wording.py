"""Every sentence exists in both languages, with the same gaps, and every code that is used has one."""

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.report import Result
from grader.stages import Stage
from grader.wording import LANGUAGES, say, sentences

GRADER = Path(__file__).parents[2] / "grader"
NAMES = {"part_pi4", "part_pi5"}  # of products
RAISED = {"EntryRejected", "GraderError", "LabMissing", "SandboxUnavailable", "ChallengeBroken", "Finding"}


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def used_codes() -> Iterator[str]:
    """First literal argument of every error raised and finding made in the grader's source."""
    for source in GRADER.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_is_worded_in_two_topics(language: str) -> None:
    topics = [tomllib.loads(path.read_text("utf-8")) for path in (GRADER / "wording" / language).glob("*.toml")]

    assert sum(map(len, topics)) == len(sentences(language))


def test_both_languages_have_the_same_sentences() -> None:
    assert sentences("ja").keys() == sentences("en").keys()


@pytest.mark.parametrize("code", sorted(sentences("en")))
def test_both_languages_leave_the_same_gaps(code: str) -> None:
    ja, en = sentences("ja")[code], sentences("en")[code]

    assert gaps(ja.message) == gaps(en.message)
    assert gaps(ja.hint) == gaps(en.hint)
    assert bool(ja.hint) == bool(en.hint)


def test_every_code_that_the_grader_uses_has_a_sentence() -> None:
    codes = set(used_codes())

    assert len(codes) > 20
    assert codes <= sentences("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_and_stage_has_a_name(language: str) -> None:
    names = [say(f"verdict_{result}", {}, language) for result in Result]
    names += [say(f"stage_{stage}", {}, language) for stage in Stage]

    assert all(name.message for name in names)


def test_japanese_sentences_are_japanese() -> None:
    sayings = {code: words for code, words in sentences("ja").items() if code not in NAMES}

    assert all(any("\u3040" <= letter <= "\u9fff" for letter in words.message) for words in sayings.values())
