"""From Markdown of the guide to HTML, and what is refused on the way."""

from pathlib import Path

import pytest

from content.broken import Broken
from content.markdown import Document, Surroundings, heading_ids, read_document

OPENING = "# Title\n\nThe lead.\n\n"


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    (tmp_path / "box.svg").write_text('<?xml?><svg viewBox="0 0 9 9"><title>[[箱|box]]</title></svg>')
    return Surroundings(
        links={"chapter:other": "/guide/other/"}.__getitem__,
        figures={"affine.scale": "0.003"},
        sources={"paper-1", "paper-2"},
        drawings=tmp_path,
    )


def read(tmp_path: Path, surroundings: Surroundings, body: str, language: str = "en") -> Document:
    path = tmp_path / "chapter.md"
    path.write_text(OPENING + body)
    return read_document(path, language, surroundings)


def broken(tmp_path: Path, surroundings: Surroundings, body: str) -> Broken:
    with pytest.raises(Broken) as caught:
        read(tmp_path, surroundings, body)
    return caught.value


def test_title_and_lead_are_apart_from_the_rest(tmp_path: Path, surroundings: Surroundings) -> None:
    document = read(tmp_path, surroundings, "## Part {#part}\n\nText.\n")

    assert (document.title, document.lead) == ("Title", "The lead.")
    assert "Title" not in document.html
    assert [(section.id, section.title, section.text) for section in document.sections] == [
        ("", "Title", "The lead."),
        ("part", "Part", "Text."),
    ]


def test_a_heading_links_to_itself(tmp_path: Path, surroundings: Surroundings) -> None:
    html = read(tmp_path, surroundings, "## Why *this* {#why}\n").html

    assert '<h2 id="why"><a href="#why">Why <em>this</em></a></h2>' in html


def test_links_and_figures_are_filled_in(tmp_path: Path, surroundings: Surroundings) -> None:
    html = read(tmp_path, surroundings, "See [it](chapter:other): {{ affine.scale }}.\n").html

    assert '<a href="/guide/other/">it</a>: 0.003.' in html


def test_sources_are_numbered_in_their_order(tmp_path: Path, surroundings: Surroundings) -> None:
    document = read(tmp_path, surroundings, "A[](source:paper-2), B[](source:paper-1), C[](source:paper-2).\n")

    assert document.sources == ("paper-2", "paper-1")
    assert document.html.count('href="#source-paper-2" class="source">[1]</a>') == 2
    assert document.html.count("[2]</a>") == 1
    assert "[1]" not in document.sections[0].text


def test_a_drawing_speaks_the_readers_language(tmp_path: Path, surroundings: Surroundings) -> None:
    body = "::: diagram box\nA box.\n:::\n"

    assert "<title>箱</title>" in read(tmp_path, surroundings, body, "ja").html
    assert '<svg role="img" viewBox="0 0 9 9"><title>box</title>' in read(tmp_path, surroundings, body).html


def test_a_formula_needs_no_script(tmp_path: Path, surroundings: Surroundings) -> None:
    assert "<mfrac>" in read(tmp_path, surroundings, r"$\frac{a}{b}$" + "\n").html


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:a)"])
def test_raw_html_and_scripts_come_out_as_text(tmp_path: Path, surroundings: Surroundings, hostile: str) -> None:
    html = read(tmp_path, surroundings, hostile + "\n").html

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ("Text.\n\nSee [it](chapter:gone).\n", 7, "chapter:gone"),
        ("## Part {#part}\n\nSee [above](#party).\n", 7, "#party"),
        ("A claim[](source:rumour).\n", 5, "rumour"),
        ("It is {{ affine.colour }}.\n", 5, "affine.colour"),
        ("::: diagram missing\nCaption.\n:::\n", 5, "missing"),
        ("## No id\n", 5, "id"),
        ("## One {#one}\n\n## Again {#one}\n", 7, "id"),
    ],
)
def test_what_leads_nowhere_is_told_with_its_line(
    tmp_path: Path, surroundings: Surroundings, body: str, line: int, reason: str
) -> None:
    found = broken(tmp_path, surroundings, body)

    assert (found.line, found.path.name) == (line, "chapter.md")
    assert reason in found.reason


def test_a_chapter_without_a_lead_is_refused(tmp_path: Path, surroundings: Surroundings) -> None:
    path = tmp_path / "chapter.md"
    path.write_text("# Title\n\n## Part {#part}\n")

    with pytest.raises(Broken, match="lead"):
        read_document(path, "en", surroundings)


def test_ids_can_be_read_without_rendering(tmp_path: Path) -> None:
    path = tmp_path / "chapter.md"
    path.write_text("# T\n\nLead {#no}.\n\n## A {#a}\n\n### B {#b}\n")

    assert heading_ids(path) == ["a", "b"]


def test_quotes_are_curly(tmp_path: Path, surroundings: Surroundings) -> None:
    document = read(tmp_path, surroundings, '## "Why?" {#why}\n\nIt\'s `"code"`.\n')

    assert document.sections[1].title == "“Why?”"
    assert "It’s" in document.html
    assert "&quot;code&quot;" in document.html
