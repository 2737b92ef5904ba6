"""The words of the `karui` command, once per language. What a grading found is said by `grader.wording`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def words(language: str) -> Mapping[str, str]:
    """Every text of the command by its key. Raises FileNotFoundError for a language that we do not speak."""
    return tomllib.loads((files(__package__) / f"{language}.toml").read_text("utf-8"))
