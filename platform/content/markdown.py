"""Long Markdown of our own: headings that can be linked, links by name, formulas, boxes and drawings.

Raw HTML is switched off, so the output needs no cleaning; drawings are files of ours. Briefs of challenges, which an
operator may add, go through `content.brief` instead.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert as mathml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from content.broken import Broken, line_of
from content.drawings import drawing

BOXES = ("worked", "today", "practice")
DIAGRAM = "container_diagram_open"
OPENING = ["heading_open", "inline", "heading_close", "paragraph_open", "inline", "paragraph_close"]
HEADING_ID = re.compile(r"\s*\{#([a-z0-9-]+)\}\s*$")
HEADING = re.compile(r"^#{2,3} .*\{#([a-z0-9-]+)\}\s*$", re.MULTILINE)
FIGURE = re.compile(r"\{\{ ?([a-z0-9_.]+) ?\}\}")
SOURCE = "source:"
WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a text may refer to.

    links: from `chapter:pruning#threshold` to an address, or KeyError. figures: what `{{ affine.scale }}` stands for.
    """

    links: Callable[[str], str]
    figures: Mapping[str, str]
    sources: Collection[str]
    drawings: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands under one heading; `text` is bare words, for the search. The lead has no id."""

    id: str
    title: str
    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file in one language, rendered. `sources` are those it refers to, in the order of their numbers."""

    title: str
    lead: str
    html: SafeString
    sections: tuple[Section, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A short text, rendered, and its bare words."""

    html: SafeString
    words: str


def heading_ids(path: Path) -> list[str]:
    """The ids of a file's headings, without rendering it."""
    return HEADING.findall(path.read_text("utf-8"))


def read_document(path: Path, language: str, surroundings: Surroundings) -> Document:
    """Render one file. Raises Broken for anything in it that leads nowhere."""
    tokens = PARSER.parse(fill(path, surroundings.figures))
    title, lead, body = opening(path, tokens)
    headings = name_headings(path, body)
    put_drawings(path, body, language, surroundings.drawings)
    sources = Linker(path, surroundings, headings).resolve(body)
    return Document(
        title=title,
        lead=lead,
        html=to_html(body),
        sections=tuple(sections(title, lead, body)),
        sources=tuple(sources),
    )


def read_passage(text: str, linker: "Linker", *, inline: bool = False) -> Passage:
    """Render a text that is not a file of its own; what shares a linker shares the numbers of its sources.

    inline: without paragraphs, for a line in a list or a heading. Raises Broken.
    """
    tokens = PARSER.parseInline(text) if inline else PARSER.parse(text)
    linker.resolve(tokens)
    return Passage(to_html(tokens), " ".join(bare(token) for token in tokens if token.type == "inline"))


def to_html(tokens: Sequence[Token]) -> SafeString:
    """The rendered text. An empty header cell names nothing, so it is an ordinary one."""
    html = str(PARSER.renderer.render(tokens, PARSER.options, {}))
    return mark_safe(html.replace("<th></th>", "<td></td>"))  # noqa: S308 - raw HTML is off


def fill(path: Path, figures: Mapping[str, str]) -> str:
    """The text with its figures. Raises Broken for one that nobody computes."""
    text = path.read_text("utf-8")

    def figure(found: re.Match[str]) -> str:
        if found[1] not in figures:
            raise Broken(path, line_of(text, found.start()), f"no figure is called {found[1]!r}")
        return figures[found[1]]

    return FIGURE.sub(figure, text)


def opening(path: Path, tokens: list[Token]) -> tuple[str, str, list[Token]]:
    """Title, lead and the rest. Raises Broken unless the file begins with `# Title` and a paragraph."""
    if [token.type for token in tokens[:6]] != OPENING:
        raise Broken(path, 1, "a chapter begins with `# Title` and one paragraph, its lead")
    return bare(tokens[1]), bare(tokens[4]), tokens[6:]


def name_headings(path: Path, tokens: Sequence[Token]) -> set[str]:
    """Give each heading the id that its `{#id}` names, and make it a link to itself; returns the ids.

    Raises Broken for a heading without an id of its own.
    """
    seen: set[str] = set()
    for opened, inline in heads(tokens):
        found = HEADING_ID.search(inline.content)
        if not found or found[1] in seen:
            raise Broken(path, line_at(opened), "a heading needs an id of its own: `## Title {#title}`")
        seen.add(found[1])
        opened.attrSet("id", found[1])
        inline.content = HEADING_ID.sub("", inline.content)
        last = (inline.children or [])[-1]
        last.content = HEADING_ID.sub("", last.content)
        inline.children = [
            Token("link_open", "a", 1, attrs={"href": f"#{found[1]}"}),
            *(inline.children or []),
            Token("link_close", "a", -1),
        ]
    return seen


def heads(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Each heading with its words."""
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open":
            yield opened, inline


def put_drawings(path: Path, tokens: Sequence[Token], language: str, folder: Path) -> None:
    """Load the drawing that each `::: diagram NAME` names. Raises Broken if there is none."""
    for token in tokens:
        if token.type == DIAGRAM:
            name = token.info.split()[-1]
            try:
                token.meta["svg"] = drawing(folder / f"{name}.svg", language)
            except FileNotFoundError:
                raise Broken(path, line_at(token), f"no drawing is called {name!r}") from None


def line_at(token: Token) -> int:
    """Where a block begins."""
    return token.map[0] + 1 if token.map else 1


@dataclass(slots=True)
class Linker:
    """Resolves the links of one file, or of a passage that begins on `first_line` of one, and numbers its sources."""

    path: Path
    surroundings: Surroundings
    headings: Collection[str] = ()
    numbers: dict[str, int] = field(default_factory=dict)
    first_line: int = 1

    def resolve(self, tokens: Sequence[Token]) -> dict[str, int]:
        """The sources with their numbers. Raises Broken for a link that leads nowhere."""
        for token in tokens:
            for child in token.children or []:
                if child.type == "link_open":
                    self.point(child, self.first_line + line_at(token) - 1)
            if token.children:
                token.children = list(self.with_sources(token.children))
        return self.numbers

    def point(self, link: Token, line: int) -> None:
        """Turn a name into an address."""
        target = str(link.attrGet("href"))
        try:
            if target.startswith(SOURCE):
                self.cite(link, target.removeprefix(SOURCE))
            elif not (target.startswith("#") and target[1:] in self.headings):
                link.attrSet("href", self.surroundings.links(target))
        except KeyError as unknown:
            raise Broken(self.path, line, f"the link {target!r} leads nowhere: {unknown}") from None

    def cite(self, link: Token, source: str) -> None:
        """Turn it into the number of a source. Raises KeyError if there is no such source."""
        if source not in self.surroundings.sources:
            raise KeyError(source)
        link.meta["number"] = self.numbers.setdefault(source, len(self.numbers) + 1)
        link.attrSet("href", f"#source-{source}")

    @staticmethod
    def with_sources(children: Sequence[Token]) -> Iterator[Token]:
        """Every reference to a source as a small number."""
        for child in children:
            if child.type != "link_open" or "number" not in child.meta:
                yield child
                continue
            child.attrSet("class", "source")
            yield Token("text", "", 0, content=WORD_JOINER)  # the number stays on the line of its claim
            yield child
            yield Token("text", "", 0, content=f"[{child.meta['number']}]")


def sections(title: str, lead: str, tokens: Sequence[Token]) -> Iterator[Section]:
    """What stands under each heading, the lead first."""
    current, words = Section(id="", title=title, level=1, text=""), [lead]
    for token, inline in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and inline is not None:
            yield with_text(current, words)
            current, words = heading_section(token, inline), []
        elif token.type == "inline" and bare(token) != current.title:
            words.append(bare(token))
    yield with_text(current, words)


def heading_section(opened: Token, inline: Token) -> Section:
    """A section without its text."""
    return Section(id=str(opened.attrGet("id")), title=bare(inline), level=int(opened.tag[1]), text="")


def with_text(section: Section, words: Sequence[str]) -> Section:
    """The section with its text."""
    return Section(id=section.id, title=section.title, level=section.level, text=" ".join(words))


def bare(inline: Token) -> str:
    """The words of a block without marks, formulas and numbers of sources."""
    kept = ("text", "code_inline", "softbreak")
    words = [
        " " if child.type == "softbreak" else child.content for child in inline.children or [] if child.type in kept
    ]
    return re.sub(rf"{WORD_JOINER}\[\d+\]", "", "".join(words))


def open_box(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    """`::: worked` and its kind: a box around a text."""
    token = tokens[index]
    return format_html('<div class="box {}">', token.info.split()[0]) if token.nesting == 1 else "</div>"


def open_figure(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    """`::: diagram NAME`: the drawing, which scrolls on a narrow screen, over its caption."""
    token = tokens[index]
    if token.nesting != 1:
        return "</figcaption></figure>"
    return f'<figure class="diagram"><div class="scroll" tabindex="0">{token.meta["svg"]}</div><figcaption>'


def formula(latex: str, options: Mapping[str, Any]) -> str:
    """LaTeX as MathML, which browsers draw by themselves. A displayed one scrolls where it is too wide."""
    if not options.get("display_mode"):
        return str(mathml(latex))
    return f'<div class="scroll" tabindex="0">{mathml(latex, display="block")}</div>'


def build_parser() -> MarkdownIt:
    """CommonMark with tables, curly quotes, formulas, boxes and drawings."""
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(["table", "smartquotes"])
    parser.use(dollarmath_plugin, renderer=formula, allow_space=False, allow_digits=False)
    for name in BOXES:
        parser.use(container_plugin, name, render=open_box)
    parser.use(container_plugin, "diagram", render=open_figure)
    parser.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>')
    parser.add_render_rule("table_close", lambda *_: "</table></div>")
    return parser


PARSER = build_parser()
