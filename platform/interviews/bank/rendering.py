"""A question as its reader sees it: Markdown rendered, links resolved, sources numbered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.safestring import SafeString

from career.guide import surroundings
from career.sources import Source, sources
from challenges.tables import Bilingual
from content.broken import line_naming
from content.markdown import Linker, read_passage
from interviews.bank.tables import FollowUpTable, QuestionTable
from interviews.grades import Grade


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is asked next, and the core of a good reply."""

    ask: SafeString
    answer: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionText:
    """One question in one language. `plain` is all of it in bare words, for the search."""

    title: str
    ask: SafeString
    gist: SafeString
    theory: SafeString
    project: SafeString
    rubric: Sequence[tuple[Grade, SafeString]]
    follow_ups: Sequence[FollowUp]
    mistakes: Sequence[SafeString]
    sources: Sequence[Source]
    plain: str


def render(path: Path, table: QuestionTable, language: str) -> QuestionText:
    """Render one question. Raises Broken for anything in it that leads nowhere."""
    pen = Pen(path, table.id, language)
    written = {name: pen.block(getattr(table, name)) for name in ("ask", "gist", "theory", "project")}
    return QuestionText(
        title=table.title[language],
        **written,
        rubric=[(grade, pen.line(words)) for grade, words in table.rubric.by_grade()],
        follow_ups=[pen.follow_up(asked) for asked in table.follow_ups],
        mistakes=[pen.line(mistake) for mistake in table.mistakes],
        sources=list(pen.sources()),
        plain=" ".join(pen.words),
    )


@dataclass(slots=True)
class Pen:
    """Writes the passages of one question, which share the numbers of their sources."""

    path: Path
    question: str
    language: str
    numbers: dict[str, int] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def block(self, text: Bilingual) -> SafeString:
        """Paragraphs."""
        return self.write(text[self.language], inline=False)

    def line(self, text: Bilingual) -> SafeString:
        """Words within a line."""
        return self.write(text[self.language], inline=True)

    def follow_up(self, table: FollowUpTable) -> FollowUp:
        """A question and its reply."""
        return FollowUp(self.line(table.ask), self.block(table.answer))

    def write(self, text: str, *, inline: bool) -> SafeString:
        """Render, and keep the bare words."""
        linker = Linker(self.path, surroundings(self.language), numbers=self.numbers, first_line=self.line_of(text))
        passage = read_passage(text, linker, inline=inline)
        self.words.append(passage.words)
        return passage.html

    def line_of(self, text: str) -> int:
        """Where a text of this question begins in the file."""
        return line_naming(self.path.read_text("utf-8"), f'id = "{self.question}"', text)

    def sources(self) -> Iterator[Source]:
        """What was cited, in the order of the numbers."""
        for source in self.numbers:
            yield sources()[source]
