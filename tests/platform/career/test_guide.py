"""Every content file of the guide, walked; and what `manage.py check` says of a broken one."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import Client

from career import guide as guide_module
from career.guide import FOLDER, LANGUAGES, Chapter, guide, path_of, read_outline
from content.drawings import PAIR

CHAPTERS = list(guide().chapters.values())
DRAWINGS = sorted((FOLDER / "diagrams").glob("*.svg"))
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.id)
each_language = pytest.mark.parametrize("language", LANGUAGES)
each_drawing = pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)


def test_the_chapters_are_those_that_were_promised() -> None:
    assert [chapter.id for chapter in CHAPTERS] == [
        "why-edge-ai",
        "the-work",
        "quantization",
        "pruning",
        "distillation",
        "mixed-precision-and-nas",
        "skills-and-learning",
        "device-lab",
        "market-and-industries",
        "preparing-to-move",
        "interviews",
        "career-paths",
    ]


def test_no_file_lies_about_that_no_chapter_owns() -> None:
    for language in LANGUAGES:
        files = {path.stem for path in (FOLDER / "content" / language).glob("*.md")}
        assert files == {table.id for table in read_outline()}


@each_chapter
def test_a_chapter_says_the_same_in_both_languages(chapter: Chapter) -> None:
    ja, en = (chapter.texts[language] for language in ("ja", "en"))

    assert [section.id for section in ja.sections] == [section.id for section in en.sections]
    assert sorted(set(ja.sources)) == sorted(set(en.sources))
    for mark in ("<figure", 'class="box worked"', 'class="box today"', 'class="box practice"', "<table"):
        assert ja.html.count(mark) == en.html.count(mark), mark
    assert all(JAPANESE.search(section.title + section.text) for section in ja.sections)
    assert not any(JAPANESE.search(section.title) for section in en.sections)


@each_chapter
def test_a_chapter_is_more_than_a_stub(chapter: Chapter) -> None:
    assert len(chapter.texts["ja"].sections) >= 5
    assert sum(len(section.text) for section in chapter.texts["en"].sections) > 4000
    assert sum(len(section.text) for section in chapter.texts["ja"].sections) > 2000
    assert chapter.skills


@pytest.mark.django_db
@each_language
def test_every_link_inside_the_site_leads_to_a_page_and_a_heading(client: Client, language: str) -> None:
    links = {link for chapter in CHAPTERS for link in re.findall(r'href="(/[^"]*)"', chapter.texts[language].html)}
    pages = {link.partition("#")[0] for link in links}
    found = {page: client.get(page, headers={"accept-language": language}) for page in pages}

    assert len(links) > 40
    for page, answer in found.items():
        assert answer.status_code == 200 or (page == "/roadmap/" and answer.status_code == 302), page
    for page, _, heading in (link.partition("#") for link in links):
        assert not heading or f'id="{heading}"' in found[page].content.decode(), f"{page}#{heading}"


@each_chapter
@each_language
def test_nothing_of_the_markup_is_left_in_the_words(chapter: Chapter, language: str) -> None:
    bare = re.sub(r"<code>.*?</code>|<math.*?</math>|<[^>]*>", "", chapter.texts[language].html, flags=re.DOTALL)

    assert not re.search(r"\{\{|\}\}|\]\(|:::|\{#|\*\*|\[\[|\bTODO\b", bare)


def test_every_drawing_is_shown() -> None:
    shown = {
        name
        for chapter in CHAPTERS
        for name in re.findall(r"^::: diagram (\S+)", path_of(chapter.id, "ja").read_text(), re.MULTILINE)
    }

    assert {path.stem for path in DRAWINGS} == shown


@each_drawing
def test_a_drawing_speaks_both_languages_and_brings_no_style(path: Path) -> None:
    svg = path.read_text("utf-8")
    pairs = PAIR.findall(svg)

    assert pairs
    assert all(ja.strip() and en.strip() for ja, en in pairs)
    assert not JAPANESE.search(PAIR.sub(r"\2", svg))
    assert not re.search(r"\b(style|fill|stroke|font-family|onload|href|id)=|<style|<script|<image", svg)
    assert "<title>" in svg


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str, str], None]]:
    """Replace a passage in a copy of the content; the site reads the copy."""
    copy = tmp_path / "career"
    for path in (*FOLDER.glob("*.toml"), *FOLDER.rglob("*.md"), *FOLDER.rglob("*.svg")):
        target = copy / path.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    monkeypatch.setattr(guide_module, "FOLDER", copy)
    guide_module.surroundings.cache_clear()
    guide_module.guide.cache_clear()

    def spoil(name: str, old: str, new: str) -> None:
        text = (copy / name).read_text("utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1))

    yield spoil
    guide_module.surroundings.cache_clear()
    guide_module.guide.cache_clear()


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("content/en/quantization.md", "(skill:", "(skill:x-", "leads nowhere"),
        ("content/ja/quantization.md", "{{ affine.scale }}", "{{ affine.size }}", "affine.size"),
        ("content/en/pruning.md", "source:", "source:x-", "source:x-"),
        ("content/ja/pruning.md", "::: diagram ", "::: diagram x-", "no drawing"),
        ("content/en/interviews.md", "{#temperature}", "", "id of its own"),
        ("content/en/interviews.md", "{#temperature}", "{#warmth}", "other headings"),
    ],
)
def test_the_check_names_file_and_line_of_what_is_broken(
    content: Callable[[str, str, str], None], name: str, old: str, new: str, reason: str
) -> None:
    content(name, old, new)

    errors = [error for error in run_checks() if error.id.startswith("career.")]

    assert errors
    assert any(re.search(rf"{Path(name).name}:\d+: .*{re.escape(reason)}", error.msg) for error in errors)


def test_a_missing_translation_is_found(
    content: Callable[[str, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (guide_module.FOLDER / "content" / "en" / "pruning.md").unlink()

    assert any("pruning.md:1: the file is missing" in error.msg for error in run_checks())
