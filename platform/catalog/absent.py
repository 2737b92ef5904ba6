"""Challenges whose data is not on this machine: the rest of the site works, and their pages say how to get it."""

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language

from challenges.datasets import dataset
from challenges.spec import ChallengeSpec
from grader.errors import ChallengeBroken
from grader.wording import Sentence, say


def absent(spec: ChallengeSpec) -> Sentence | None:
    """What is missing and how to get it, as the data set says it. None where the data is here."""
    data = dataset(spec.dataset)
    if data.is_present():
        return None
    try:
        data.calibration(1)
    except ChallengeBroken as missing:
        return say(missing.code, missing.params, get_language() or "en")
    return None


def waiting(specs: Iterable[ChallengeSpec]) -> Mapping[Sentence, list[ChallengeSpec]]:
    """What is missing, each data set once, with the challenges that wait for it."""
    found: dict[Sentence, list[ChallengeSpec]] = {}
    for spec in specs:
        if sentence := absent(spec):
            found.setdefault(sentence, []).append(spec)
    return found
