"""sources.toml serves the whole site."""

from pathlib import Path

from career.sources import FILE, sources

PLATFORM = Path(__file__).parents[2] / "platform"


def test_every_source_is_cited_somewhere() -> None:
    files = [*PLATFORM.rglob("*.md"), *PLATFORM.rglob("*.toml")]
    texts = "\n".join(path.read_text("utf-8") for path in files if path != FILE)

    unused = [source for source in sources() if f"source:{source})" not in texts and f'"{source}"' not in texts]

    assert unused == []


def test_no_document_stands_under_two_names() -> None:
    addresses = [source.url for source in sources().values() if source.url]

    assert sorted(set(addresses)) == sorted(addresses)
