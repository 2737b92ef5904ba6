"""Every word of the site exists in Japanese, and none is written into a template past the translation."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

from config.management.commands.compile_translations import compile_translations

PLATFORM = Path(__file__).parents[3] / "platform"
PO = PLATFORM / "locale" / "ja" / "LC_MESSAGES" / "django.po"
TEMPLATES = sorted((PLATFORM / "templates").rglob("*.html"))
SOURCES = [path for path in sorted(PLATFORM.rglob("*.py")) if "migrations" not in path.parts]
NOT_WORDS = {"API", "Karui", "JSON", "SHA", "M", "p", "q", "w", "UTF", "float", "int"}  # names, types, letters
CALL = re.compile(r"""(?:_|gettext)\(u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)""")
GAP = re.compile(r"%\((\w+)\)s")


def catalogue() -> polib.POFile:
    """What is translated."""
    return polib.pofile(str(PO))


def in_template(path: Path) -> set[str]:
    """Every msgid that a template asks for."""
    text = templatize(path.read_text())
    return {ast.literal_eval(quoted) for quoted in CALL.findall(text)}


def in_source(path: Path) -> set[str]:
    """Every msgid that Python code asks for."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    asked = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_"]
    return {str(call.args[0].value) for call in asked if isinstance(call.args[0], ast.Constant)}


def test_nothing_is_untranslated_or_doubtful() -> None:
    po = catalogue()

    assert [entry.msgid for entry in po.untranslated_entries() + po.fuzzy_entries()] == []


def test_every_word_that_is_asked_for_is_in_the_catalogue() -> None:
    asked = set().union(*map(in_template, TEMPLATES), *map(in_source, SOURCES))

    assert len(asked) > 150
    assert asked - {entry.msgid for entry in catalogue()} == set()


def test_nothing_is_translated_that_nobody_asks_for() -> None:
    asked = set().union(*map(in_template, TEMPLATES), *map(in_source, SOURCES))

    assert {entry.msgid for entry in catalogue()} - asked == set()


def test_every_translation_has_the_same_gaps_and_is_japanese() -> None:
    def is_right(entry: polib.POEntry) -> bool:
        same_gaps = set(GAP.findall(entry.msgid)) == set(GAP.findall(entry.msgstr))
        return same_gaps and bool(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", entry.msgstr))

    assert [entry.msgid for entry in catalogue() if not is_right(entry)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PLATFORM / "templates")))
def test_no_template_holds_words_of_its_own(path: Path) -> None:
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.DOTALL)
    spoken = re.findall(r'(?:alt|title|placeholder|aria-label)="([^"]*)"', text)
    visible = re.sub(r"<code>.*?</code>|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)

    words = set(re.findall(r"[^\W\d_]+", " ".join([visible, *spoken])))

    assert words - NOT_WORDS - {"軽い", "Σ", "µs"} == set()


def test_compiling_writes_only_what_is_stale(tmp_path: Path) -> None:
    po = tmp_path / "ja" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text(PO.read_text())

    assert compile_translations(tmp_path) == [po.with_suffix(".mo")]
    assert compile_translations(tmp_path) == []
    assert len(polib.mofile(str(po.with_suffix(".mo")))) == len(catalogue())
