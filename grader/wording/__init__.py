"""Every sentence that the grader says to people, once per language: `wording/<language>/<topic>.toml`.

Code and figures travel in errors and reports; the words are looked up where somebody reads, in the reader's language.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was wrong (or found), and what to do about it; `hint` is empty where there is nothing to do."""

    message: str
    hint: str = ""


@cache
def sentences(language: str) -> Mapping[str, Sentence]:
    """Every sentence of one language by its code. Raises FileNotFoundError for a language that we do not speak."""
    folder = files(__package__) / language
    topics = [tomllib.loads(topic.read_text("utf-8")) for topic in folder.iterdir() if topic.name.endswith(".toml")]
    return {code: Sentence(**words) for topic in topics for code, words in topic.items()}


def say(code: str, params: Mapping[str, str | int | float], language: str) -> Sentence:
    """The sentence for `code`, its gaps filled with `params` (`str.format`). Raises KeyError for an unknown code."""
    words = sentences(language)[code]
    return Sentence(words.message.format_map(params), words.hint.format_map(params))
