"""Operators change results in bulk: first they see what would change, then they say why, then it is done."""

# mypy: disable-error-code="type-arg"
# Django's admin classes are generic in the stubs, not at run time

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from submissions.models import Submission
from submissions.revisions.changes import apply, disqualify, reinstate, rescored
from submissions.revisions.models import REASON, Rejudgement, Revision
from submissions.work import OPEN

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Planned:
    """One submission that would change: to what, as far as that is known, and how it is done."""

    submission: Submission
    after: object
    do: Callable[[User, str], object]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON, widget=forms.Textarea(attrs={"rows": 3}))


def planned_action(name: str, label: Any, plan: Callable[[QuerySet[Submission]], Iterable[Planned]]) -> Any:
    """An action of the admin with a page in between."""

    def act(model_admin: admin.ModelAdmin, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponse | None:
        planned = list(plan(chosen))
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if planned and form.is_valid():
            for one in planned:
                one.do(request.user, form.cleaned_data["reason"])  # type: ignore[arg-type]  # staff are signed in
            model_admin.message_user(request, _("Changed: %(count)d") % {"count": len(planned)})
            return None
        context = {
            **model_admin.admin_site.each_context(request),
            "title": label,
            "form": form,
            "planned": planned[:SHOWN],
            "count": len(planned),
            "action": name,
            "checkbox": ACTION_CHECKBOX_NAME,
            "keys": [one.submission.pk for one in planned],
        }
        return TemplateResponse(request, "admin/submissions/change_results.html", context)

    return admin.action(description=label, permissions=["revise"])(act)


def to_rejudge(chosen: QuerySet[Submission]) -> Iterable[Planned]:
    """Everything that has ended; what that changes is known when it is graded."""
    for submission in chosen.exclude(status__in=(*OPEN, "cancelled")).filter(file_removed_at=None):
        yield Planned(submission, "", partial(Rejudgement.objects.begin, submission))


def to_rescore(chosen: QuerySet[Submission]) -> Iterable[Planned]:
    """What would get other points or another verdict."""
    for submission in chosen.exclude(report_json=""):
        if found := rescored(submission):
            yield Planned(submission, found, partial(apply, found))


def to_disqualify(chosen: QuerySet[Submission]) -> Iterable[Planned]:
    """Those that count."""
    for submission in chosen.filter(disqualified=False):
        yield Planned(submission, "", partial(disqualify, submission))


def to_reinstate(chosen: QuerySet[Submission]) -> Iterable[Planned]:
    """Those that do not."""
    for submission in chosen.filter(disqualified=True):
        yield Planned(submission, "", partial(reinstate, submission))


ACTIONS = {
    "rejudge": planned_action("rejudge", _("Grade anew"), to_rejudge),
    "rescore": planned_action("rescore", _("Compute the points anew"), to_rescore),
    "disqualify": planned_action("disqualify", _("Disqualify"), to_disqualify),
    "reinstate": planned_action("reinstate", _("Reinstate"), to_reinstate),
}


class RevisionInline(admin.TabularInline):
    """The trace of one submission."""

    model = Revision
    fields = readonly_fields = ("at", "change", "by", "reason", "status", "result", "points")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Only a change leaves one."""
        return False
