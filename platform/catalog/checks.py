"""`manage.py check` reads every challenge, so that a broken one is found before a reader finds it."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Error

from challenges.registry import catalogue
from grader.errors import ChallengeBroken
from grader.wording import say


def challenges_are_whole(**_: object) -> Sequence[CheckMessage]:
    """An error that names the file and what is wrong in it."""
    try:
        catalogue()
    except ChallengeBroken as broken:
        sentence = say(broken.code, broken.params, "en")
        return [Error(sentence.message, hint=sentence.hint, id="catalog.E001")]
    return []
