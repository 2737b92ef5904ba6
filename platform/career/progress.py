"""A reader's goal and reading: rows of the account, or kept in the session until there is one."""

from collections.abc import Set

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import User
from career.guide import guide
from career.models import Goal, Reading
from career.targets import targets

GOAL, READ = "goal", "chapters_read"


def goal_of(request: HttpRequest) -> Goal | None:
    """What the reader aims for. None if nothing was chosen, or if it is no longer offered."""
    if request.user.is_authenticated:
        goal = Goal.objects.filter(owner=request.user).first()
    else:
        goal = goal_in(request.session)
    return goal if goal and is_offered(goal) else None


def is_offered(goal: Goal) -> bool:
    """True if targets.toml still knows it."""
    return goal.seniority in targets().seniorities and goal.domain in targets().domains


def goal_in(session: SessionBase) -> Goal | None:
    """A visitor's goal, which nobody owns yet."""
    return Goal(**session[GOAL]) if GOAL in session else None


def aim(request: HttpRequest, seniority: str, domain: str) -> None:
    """Choose a goal."""
    if request.user.is_authenticated:
        Goal.objects.update_or_create(owner=request.user, defaults={"seniority": seniority, "domain": domain})
    else:
        request.session[GOAL] = {"seniority": seniority, "domain": domain}


def chapters_read(request: HttpRequest) -> Set[str]:
    """The ids of the chapters that the reader has read, by today's names."""
    if request.user.is_authenticated:
        kept = Reading.objects.filter(owner=request.user).values_list("chapter", flat=True)
    else:
        kept = request.session.get(READ, [])
    return {guide().renamed.get(chapter, chapter) for chapter in kept} & guide().chapters.keys()


def mark_read(request: HttpRequest, chapter: str) -> None:
    """Note that a chapter was read."""
    if request.user.is_authenticated:
        Reading.objects.mark(request.user, [chapter])
    else:
        request.session[READ] = sorted({*request.session.get(READ, []), chapter})


def move_into_account(session: SessionBase, owner: User) -> None:
    """What a visitor chose and read becomes the account's; the session forgets it."""
    if goal := goal_in(session):
        Goal.objects.update_or_create(owner=owner, defaults={"seniority": goal.seniority, "domain": goal.domain})
    Reading.objects.mark(owner, session.get(READ, []))
    for key in (GOAL, READ):
        session.pop(key, None)
