"""`manage.py check` reads every challenge, so that a broken one is found before a reader finds it."""

from collections.abc import Iterator, Sequence

from django.core.checks import CheckMessage, Error

from challenges.registry import everything
from content.broken import Broken, line_naming
from grader.errors import ChallengeBroken
from grader.wording import say
from skills.map import skill_map


def challenges_are_whole(**_: object) -> Sequence[CheckMessage]:
    """An error that names the file and what is wrong in it."""
    try:
        everything()
    except ChallengeBroken as broken:
        sentence = say(broken.code, broken.params, "en")
        return [Error(sentence.message, hint=sentence.hint, id="catalog.E001")]
    return [Error(str(broken), id="catalog.E002") for broken in unknown_skills()]


def unknown_skills() -> Iterator[Broken]:
    """Skills that a challenge.toml names and the map does not know."""
    for spec in everything().values():
        path = spec.folder / "challenge.toml"
        for skill in spec.skills:
            if skill not in skill_map().skills:
                line = line_naming(path.read_text("utf-8"), "skills", f'"{skill}"')
                yield Broken(path, line, f"no skill is called {skill!r}")
