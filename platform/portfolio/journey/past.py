"""What stands behind evidence: rows of the same person, and the things of the site that they were about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max
from django.db.models.functions import TruncMonth
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.templatetags.figures import challenge_title, in_language
from interviews.cards.models import Review
from interviews.desk.scenarios import scenarios
from interviews.drills.book import book
from interviews.mock.models import Mock
from submissions.models import Status, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done. address: empty if there is nothing to look at any more.

    at: when, if it is known better than by its evidence, which a new grading dates anew.
    """

    name: str
    title: str = ""
    remark: str = ""
    address: str = ""
    at: datetime | None = None
    submission: Submission | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """The rows of one person by their keys, and how many reviews of cards each month had and when the last was."""

    submissions: Mapping[str, Submission]
    mocks: Mapping[str, Mock]
    reviews: Mapping[date, tuple[int, datetime]]

    @classmethod
    def of(cls, owner: User) -> "Past":
        """Read them: what was taken out of everything that counts is not among them."""
        graded = Submission.objects.of(owner).filter(status=Status.GRADED, disqualified=False)
        reviews = Review.objects.standing(owner).values(month=TruncMonth("reviewed_at"))
        counted = reviews.annotate(count=Count("pk"), last=Max("reviewed_at"))
        return cls(
            {str(row.pk): row for row in graded.only("challenge", "result", "gold", "points", "finished_at")},
            {str(row.pk): row for row in Mock.objects.of(owner)},
            {month_of(row["month"]): (row["count"], row["last"]) for row in counted},
        )

    def deed(self, source: str, month: date) -> Deed | None:
        """What a source of evidence was. None if it is gone, or was never this person's. `month`: of the evidence."""
        address = f"/{source}/"
        match source.split("/"):
            case ["submissions", key]:
                return graded(self.submissions.get(key), address)
            case ["interviews", "mock", key]:
                return interviewed(self.mocks.get(key), address)
            case ["interviews", "own", key]:
                return answered(self.submissions.get(key), address)
            case ["interviews", "drills", key]:
                return drilled(key)
            case ["interviews", "desk", key]:
                return designed(key)
            case ["interviews", "cards"]:
                return reviewed(self.reviews.get(month), address)
            case ["inventory"]:
                return Deed(name=_("Self-inventory"), address=address)
        return Deed(name=_("Evidence"), address=address)


def month_of(at: datetime) -> date:
    """The first day of its month, by the reader's clock."""
    return localtime(at).date().replace(day=1)


def graded(row: Submission | None, address: str) -> Deed | None:
    """An entry that has passed, or passed in part."""
    if row is None:
        return None
    title = challenge_title(row.challenge)
    return Deed(name=_("Challenge"), title=title, address=address, at=row.finished_at, submission=row)


def interviewed(row: Mock | None, address: str) -> Deed | None:
    """A mock interview."""
    if row is None:
        return None
    length = _("%(minutes)s min") % {"minutes": row.minutes}
    return Deed(name=_("Mock interview"), title=row.get_level_display(), remark=length, address=address)


def answered(row: Submission | None, address: str) -> Deed | None:
    """Questions on one's own report."""
    if row is None:
        return None
    return Deed(name=_("Questions on a report"), title=challenge_title(row.challenge), address=address)


def drilled(drill_id: str) -> Deed:
    """A drill, solved in a row."""
    try:
        drill = book()[drill_id]
    except KeyError:
        return Deed(name=_("Drill"))
    return Deed(name=_("Drill"), title=in_language(drill.table.title), address=drill.get_absolute_url())


def designed(scenario_id: str) -> Deed:
    """A design task."""
    scenario = scenarios().get(scenario_id)
    if scenario is None:
        return Deed(name=_("Design task"))
    return Deed(name=_("Design task"), title=in_language(scenario.title), address=scenario.get_absolute_url())


def reviewed(month: tuple[int, datetime] | None, address: str) -> Deed:
    """The flashcards of a month, all in one."""
    count, last = month or (0, None)
    remark = _("Reviews: %(count)s") % {"count": count} if count else ""
    return Deed(name=_("Flashcards"), remark=remark, address=address, at=last)
