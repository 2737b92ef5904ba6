"""What is wrong in a content file is told with its line."""

from pathlib import Path

import pytest

from challenges.tables import Bilingual, Table
from content.broken import Broken, line_naming
from content.tables import read_table

WHOLE = """\
[[animal]]
id = "cat"
name = { ja = "猫", en = "cat" }

[[animal]]
id = "dog"
name = { ja = "犬", en = "dog" }
"""


class Animal(Table, frozen=True, kw_only=True):
    id: str
    name: Bilingual


class Zoo(Table, frozen=True, kw_only=True):
    animal: tuple[Animal, ...]


def broken(tmp_path: Path, text: str) -> Broken:
    path = tmp_path / "zoo.toml"
    path.write_text(text)
    with pytest.raises(Broken) as caught:
        read_table(path, Zoo)
    return caught.value


def test_a_whole_file_becomes_values(tmp_path: Path) -> None:
    path = tmp_path / "zoo.toml"
    path.write_text(WHOLE)

    assert [animal.name.ja for animal in read_table(path, Zoo).animal] == ["猫", "犬"]


def test_a_missing_language_is_told_with_its_line(tmp_path: Path) -> None:
    found = broken(tmp_path, WHOLE.replace('{ ja = "犬", en = "dog" }', '{ ja = "犬" }'))

    assert found.line == 7
    assert "zoo.toml:7" in str(found)
    assert "en" in found.reason


def test_a_key_that_nobody_knows_is_told_with_its_table(tmp_path: Path) -> None:
    assert broken(tmp_path, WHOLE + 'legs = "four"\n').line == 5


def test_a_mistake_of_syntax_is_told_with_its_line(tmp_path: Path) -> None:
    assert broken(tmp_path, WHOLE.replace('id = "dog"', 'id = "dog')).line == 6


def test_a_file_that_ends_too_early_is_told_with_its_last_line(tmp_path: Path) -> None:
    assert broken(tmp_path, WHOLE + "[[animal").line >= 8


def test_words_are_sought_one_behind_the_other() -> None:
    text = 'a = "x"\nid = "two"\na = "x"\n'

    assert line_naming(text, 'id = "two"', '"x"') == 3
    assert line_naming(text, 'id = "two"', "not there") == 2
