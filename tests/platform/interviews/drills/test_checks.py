"""A mistake in the words of the drills is told with its line."""

from pathlib import Path

import pytest

from content.broken import Broken
from interviews.drills import book as module
from interviews.drills.book import FILE, Drill, book, read_book
from interviews.drills.checks import the_drills_are_whole, write_out

TEXT = FILE.read_text("utf-8")


def broken_line(path: Path, old: str, new: str) -> str:
    """The line that is named after a change of the file."""
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(Broken) as caught:
        read_book(path)
    return path.read_text().splitlines()[caught.value.line - 1]


def test_the_drills_are_whole_as_they_are() -> None:
    assert the_drills_are_whole() == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('skills = ["low-bit-weights"]', 'skills = ["low-bit-wieghts"]', "low-bit-wieghts"),
        ('sources = ["williams-2009"]', 'sources = ["nobody-2009"]', "nobody-2009"),
        ('id = "amdahl"', 'id = "gustafson"', "gustafson"),
        ('id = "amdahl"', 'id = "roofline"', "roofline"),
        ("[drill.asked.zero_point]", "[drill.asked.zeropoint]", "[drill.asked."),
        ("from_high = {", "from_the_top = {", "[drill.asked.zero_point"),
        ("compute = { ja", "arithmetic = { ja", "[drill.asked.bound"),
        ("level = 1", "level = 7", "level = 7"),
        ("level = 1", 'level = "one"', 'level = "one"'),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert named in broken_line(tmp_path / "drills.toml", old, new)


def test_a_generator_without_words_is_told(tmp_path: Path) -> None:
    path = tmp_path / "drills.toml"
    path.write_text(TEXT[: TEXT.index('[[drill]]\nid = "paired-models"')])

    with pytest.raises(Broken, match="paired-models"):
        read_book(path)


def test_a_figure_that_nobody_makes_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "drills.toml"
    path.write_text(TEXT.replace("{{ bandwidth }} GB/s と", "{{ band_width }} GB/s と", 1))
    monkeypatch.setattr(module, "FILE", path)
    module.line_of.cache_clear()
    drill = read_book(path).drills["roofline"]

    with pytest.raises(Broken, match="band_width") as caught:
        write_out(Drill(drill.table))
    module.line_of.cache_clear()

    assert "{{ band_width }}" in path.read_text().splitlines()[caught.value.line - 1]


def test_every_drill_shows_a_level_that_can_be_shown() -> None:
    assert {drill.table.level for drill in book().drills.values()} == {1, 2}
