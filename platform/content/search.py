"""Full-text search over texts that are files, with SQLite's FTS5 in memory.

Japanese has no spaces, so runs of it are indexed as pairs of neighbouring characters; Latin words are stemmed by FTS5.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MOST = 30
EXCERPT = 120
BEFORE = 40
LONGEST_QUERY = 200
LETTERS = r"\u3005\u3040-\u30ff\u3400-\u9fff"
JAPANESE = rf"[{LETTERS}]+"
TERM = re.compile(rf"{JAPANESE}|[^\W_{LETTERS}]+")  # KVキャッシュ is two, with a space or without


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place that can be found. `within`: the page on which it is, if it is a part of one."""

    title: str
    within: str
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry with the piece of it that answers the query, the words marked."""

    entry: Entry
    excerpt: SafeString


class Index:
    """Entries that can be searched. SQLite serializes the threads that share one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.connection = sqlite3.connect(":memory:", check_same_thread=False)
        self.connection.execute("CREATE VIRTUAL TABLE entry USING fts5(title, text, tokenize='porter unicode61')")
        self.connection.executemany(
            "INSERT INTO entry(rowid, title, text) VALUES (?, ?, ?)",
            [(n, tokens(entry.title), tokens(entry.text)) for n, entry in enumerate(self.entries)],
        )

    def search(self, query: str, most: int = MOST) -> Sequence[Hit]:
        """The best places for a query, best first. Every word of it must be found. Empty if it has no word."""
        terms = TERM.findall(plain(query[:LONGEST_QUERY]))
        if not terms:
            return []
        rows = self.connection.execute(
            "SELECT rowid FROM entry WHERE entry MATCH ? ORDER BY bm25(entry, 6, 1), rowid LIMIT ?",
            (" ".join(map(phrase, terms)), most),
        )
        found = [self.entries[row] for (row,) in rows]
        return [Hit(entry, excerpt(entry.text, terms)) for entry in found]


def plain(text: str) -> str:
    """One form for full-width and half-width, large and small."""
    return unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> str:
    """A text as the index takes it."""
    return " ".join(token for term in TERM.findall(plain(text)) for token in split(term))


def split(term: str) -> Sequence[str]:
    """量子化 -> 量子 子化; other words stay whole."""
    if len(term) < 2 or not re.fullmatch(JAPANESE, term):
        return [term]
    return [term[n : n + 2] for n in range(len(term) - 1)]


def phrase(term: str) -> str:
    """A term as FTS5 asks for it: neighbouring pairs, or a word that may go on."""
    return f'"{" ".join(split(term))}"*'


def excerpt(text: str, terms: Sequence[str]) -> SafeString:
    """The surroundings of the first word that is found, all found words marked."""
    pattern = re.compile("|".join(map(re.escape, terms)), re.IGNORECASE)
    found = pattern.search(text)
    start = max(0, found.start() - BEFORE) if found else 0
    piece = text[start : start + EXCERPT]
    marked = format_html_join(
        "", "{}", ((mark(part, pattern),) for part in re.split(f"({pattern.pattern})", piece, flags=re.IGNORECASE))
    )
    return format_html("{}{}{}", "…" if start else "", marked, "…" if start + EXCERPT < len(text) else "")


def mark(part: str, pattern: re.Pattern[str]) -> str:
    """A found word in <mark>, anything else as it is."""
    return format_html("<mark>{}</mark>", part) if pattern.fullmatch(part) else part
