"""How old a claim is: with what it was verified, and what came of every measurement since."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from challenges.registry import everything
from grader.report import Report
from portfolio.ageing.holding import Shortfall, is_comparable, is_elsewhere, shortfalls
from portfolio.ageing.versions import Versions
from portfolio.claims.models import Claim
from submissions.remeasurements.models import Remeasurement, RemeasurementStatus


class Outcome(models.TextChoices):
    """What is known of a claim with other versions than those of its report."""

    HOLDS = "holds", _("Still holds")
    NO_LONGER = "no_longer", _("No longer holds")
    UNCLEAR = "unclear", _("Cannot be compared")
    WAITING = "waiting", _("Waiting")
    NOT_YET = "not_yet", _("Not measured again yet")
    NOT_POSSIBLE = "not_possible", _("Cannot be measured again")
    FILE_REMOVED = "file_removed", _("Cannot be measured again")
    OTHER_VERSION = "other_version", _("Cannot be measured again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One of these, and what it is known by. cpu: the processor, if it is another one than the claim's."""

    outcome: Outcome
    versions: Versions
    at: datetime | None = None
    cpu: str = ""
    shortfalls: tuple[Shortfall, ...] = ()
    report: Report | None = None
    row: Remeasurement | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """Of one claim. checks: the oldest first; none if the versions that it was verified with are those of today."""

    verified: Versions
    at: datetime
    checks: tuple[Check, ...]


def ages(claims: Iterable[Claim]) -> list[tuple[Claim, Age]]:
    """Each claim with its age."""
    rows, listed = defaultdict(list), list(claims)
    since = Remeasurement.objects.of_what_stands()
    for row in since.filter(submission__in=[claim.submission_id for claim in listed]):
        rows[row.submission_id].append(row)
    return [(claim, age(claim, rows[claim.submission_id])) for claim in listed]


def age(claim: Claim, rows: Iterable[Remeasurement]) -> Age:
    """Of a claim for which these were made."""
    report = claim.submission.report
    verified, today = Versions.of(report), Versions.of_today(claim.submission.format)
    later = {Versions.asked(row): check(claim, report, row) for row in rows if Versions.asked(row) != verified}
    if today and today not in {verified, *later}:
        later[today] = Check(outcome=unmeasured(claim), versions=today)
    return Age(verified, claim.facts.measured_on, tuple(later.values()))


def check(claim: Claim, claimed: Report, row: Remeasurement) -> Check:
    """What is known by a row."""
    asked = Versions.asked(row)
    if row.status == RemeasurementStatus.DONE:
        return compared(claimed, row.report, row)
    if row.status == RemeasurementStatus.FAILED:
        gone = claim.submission.file_removed_at is not None
        return Check(outcome=Outcome.FILE_REMOVED if gone else Outcome.NOT_POSSIBLE, versions=asked, row=row)
    return Check(outcome=Outcome.WAITING, versions=asked)


def compared(claimed: Report, found: Report, row: Remeasurement) -> Check:
    """What a new report says of the claim."""
    short = shortfalls(claimed, found) if is_comparable(claimed, found) else ()
    unclear, runtime = not is_comparable(claimed, found), found.entry.runtime or row.runtime
    return Check(
        outcome=Outcome.UNCLEAR if unclear else Outcome.NO_LONGER if short else Outcome.HOLDS,
        versions=Versions(runtime, Versions.of(found).formula or row.formula),
        at=row.finished_at,
        cpu=str(found.environment.get("cpu_model", "")) if is_elsewhere(claimed, found) else "",
        shortfalls=short,
        report=found,
        row=row,
    )


def unmeasured(claim: Claim) -> Outcome:
    """Why nothing is known with the versions of today."""
    if claim.submission.file_removed_at:
        return Outcome.FILE_REMOVED
    if everything()[claim.submission.challenge].version != claim.submission.version:
        return Outcome.OTHER_VERSION
    return Outcome.NOT_YET
