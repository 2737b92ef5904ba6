"""The age of a claim in words, in the reader's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grader.report import Report
from grader.wording import say
from portfolio.ageing.checks import Age, Check, Outcome
from portfolio.ageing.holding import Shortfall
from portfolio.ageing.versions import Versions
from portfolio.claims import text
from portfolio.claims.facts import ModelFacts
from submissions.story import failure


@dataclass(frozen=True, slots=True)
class ToldCheck:
    """A check as a page tells it."""

    outcome: Outcome
    words: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToldAge:
    """The age of a claim as a page tells it."""

    verified: str
    checks: tuple[ToldCheck, ...]


def told(age: Age) -> ToldAge:
    """In words."""
    verified = _("Verified with %(versions)s on %(date)s.") % gaps(age.verified, age.at)
    return ToldAge(
        verified, tuple(ToldCheck(check.outcome, words(check), tuple(reasons(check))) for check in age.checks)
    )


def words(check: Check) -> str:
    """What came of it."""
    sentences = {
        Outcome.HOLDS: _("Measured again with %(versions)s on %(date)s: the result still holds."),
        Outcome.NO_LONGER: _("Measured again with %(versions)s on %(date)s: the result no longer holds."),
        Outcome.UNCLEAR: _("Measured again with %(versions)s on %(date)s, but nothing follows from it."),
        Outcome.WAITING: _("A new measurement with %(versions)s is in the queue."),
        Outcome.NOT_YET: _("Now %(versions)s is in use, with which it has not been measured yet."),
        Outcome.NOT_POSSIBLE: _("A new measurement with %(versions)s was not possible."),
        Outcome.FILE_REMOVED: _("A new measurement with %(versions)s is not possible: the model file was removed."),
        Outcome.OTHER_VERSION: _(
            "A new measurement with %(versions)s is not possible: the challenge has another version now."
        ),
    }
    return sentences[check.outcome] % gaps(check.versions, check.at)


def gaps(versions: Versions, at: datetime | None) -> Mapping[str, str]:
    """What is filled in."""
    return {"versions": named(versions), "date": f"{localtime(at):%Y-%m-%d}" if at else ""}


def named(versions: Versions) -> str:
    """Runtime and formula. Old reports do not name the former."""
    if not versions.runtime:
        return _("formula %(formula)s") % {"formula": versions.formula}
    return _("%(runtime)s and formula %(formula)s") % {"runtime": versions.runtime, "formula": versions.formula}


def reasons(check: Check) -> Iterator[str]:
    """Why, as far as there is more to say."""
    if check.outcome == Outcome.NOT_POSSIBLE and check.row:
        yield failure(check.row).message
    if check.report and check.at:
        for shortfall in check.shortfalls:
            yield missed(shortfall, check.report, check.at)
        if check.outcome == Outcome.UNCLEAR:
            yield why_unclear(check)
        elif check.cpu:
            sentence = _("It was timed on another processor (%(cpu)s), so only accuracy and size are compared.")
            yield sentence % {"cpu": check.cpu}


def why_unclear(check: Check) -> str:
    """Why a new report says nothing of the claim."""
    if check.cpu:
        return _("The entry was refused on another processor (%(cpu)s).") % {"cpu": check.cpu}
    return _("The challenge has another version now.")


def missed(shortfall: Shortfall, report: Report, at: datetime) -> str:
    """What was not found again, with what was found instead."""
    sentences = {
        Shortfall.REFUSED: _("The grader refuses the entry now: %(found)s"),
        Shortfall.GATE: _("The accuracy is below the gate: %(found)s."),
        Shortfall.ACCURACY: _("The accuracy is not reached any more: %(found)s."),
        Shortfall.SIZE: _("The size is not reached any more: %(found)s."),
        Shortfall.MEMORY: _("The target for memory is not reached any more."),
        Shortfall.SPEED: _("The speed is not reached any more: %(found)s."),
        Shortfall.GOLD: _("The figures for gold are not reached any more."),
    }
    return sentences[shortfall] % {"found": found(shortfall, report, at)}


def found(shortfall: Shortfall, report: Report, at: datetime) -> str:
    """The new figure, as a claim would tell it."""
    language = get_language() or "en"
    if shortfall is Shortfall.REFUSED:
        [first, *_rest] = report.reasons
        return say(first.code, first.params, language).message
    facts, known = ModelFacts.of(report, at), text.wording()[language]
    if shortfall is Shortfall.SIZE:
        return text.size(facts.size, known)
    if shortfall is Shortfall.SPEED:
        return text.speed(facts, known)
    return text.accuracy(facts.change, known)
