"""What a challenge teaches besides its brief: staged hints, an editorial for who has passed, follow-up questions."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from challenges.tables import Bilingual, Table
from grader.errors import ChallengeBroken

File = TypeVar("File", bound=Table)
EDITORIALS = {"ja": "editorial.ja.md", "en": "editorial.en.md"}


class FollowUp(Table, frozen=True, kw_only=True):
    """A question that an interviewer asks about this challenge, and how a strong, a fair and a weak answer sound."""

    ask: Bilingual
    strong: Bilingual
    fair: Bilingual
    weak: Bilingual


class HintsFile(Table, frozen=True, kw_only=True):
    """The whole of hints.toml."""

    hint: tuple[Bilingual, ...]


class RubricFile(Table, frozen=True, kw_only=True):
    """The whole of rubric.toml."""

    question: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Hints from a nudge to nearly the recipe. editorial: Markdown by language, with its figures filled in."""

    hints: tuple[Bilingual, ...]
    editorial: Mapping[str, str]
    follow_ups: tuple[FollowUp, ...]


def read_lessons(folder: Path, figures: Mapping[str, str]) -> Lessons:
    """Those of one challenge folder; what it does not have is empty. Raises ChallengeBroken naming the file."""
    return Lessons(
        hints=_read(folder / "hints.toml", HintsFile(hint=())).hint,
        editorial=_editorial(folder, figures),
        follow_ups=_read(folder / "rubric.toml", RubricFile(question=())).question,
    )


def _read(path: Path, empty: File) -> File:
    if not path.exists():
        return empty
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), type(empty))
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ChallengeBroken("challenge_invalid", file=f"{path.parent.name}/{path.name}", reason=str(error)) from error


def _editorial(folder: Path, figures: Mapping[str, str]) -> dict[str, str]:
    """Both languages or none: half of the readers must not be left out. Raises ChallengeBroken."""
    there = {language: folder / name for language, name in EDITORIALS.items() if (folder / name).is_file()}
    for language in EDITORIALS if there else ():
        if language not in there:
            raise ChallengeBroken("challenge_incomplete", challenge=folder.name, file=EDITORIALS[language])
    return {language: path.read_text("utf-8").format_map(figures) for language, path in there.items()}
