"""Where claims come from: sources.toml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table

FILE = Path(__file__).parent / "sources.toml"


class Source(Table, frozen=True, kw_only=True):
    """A document, and who wrote it. A title that is the same in both languages is one string."""

    id: str
    title: str | Bilingual
    by: str = ""
    year: int | None = None
    url: str = ""

    def title_in(self, language: str) -> str:
        """The title as the reader's language has it."""
        return self.title if isinstance(self.title, str) else self.title[language]


class SourcesFile(Table, frozen=True, kw_only=True):
    """The whole of sources.toml."""

    source: tuple[Source, ...]


@cache
def sources() -> Mapping[str, Source]:
    """All sources by id. Raises Broken."""
    return read_sources()


def read_sources(path: Path = FILE) -> Mapping[str, Source]:
    """Parse sources.toml. Raises Broken with file and line."""
    found: dict[str, Source] = {}
    for source in read_table(path, SourcesFile).source:
        if source.id in found:
            line = line_naming(path.read_text("utf-8"), f'id = "{source.id}"', f'id = "{source.id}"')
            raise Broken(path, line, f"the source {source.id!r} is given twice")
        found[source.id] = source
    return found
