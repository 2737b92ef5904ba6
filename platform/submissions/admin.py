"""Submissions and trials, for operators."""

# mypy: disable-error-code="type-arg"
# Django's admin classes are generic in the stubs, not at run time

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from submissions.measurements.models import Board, Measurement
from submissions.models import Submission, Trial, Worker
from submissions.remeasurements.models import Remeasurement
from submissions.revisions.admin import ACTIONS, RevisionInline
from submissions.revisions.models import Rejudgement


class WorkAdmin(admin.ModelAdmin):
    """Read only: rows come through the site, and states change through transitions, never by hand."""

    date_hierarchy = "queued_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Uploads come through the site."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """States change through transitions."""
        return False


@admin.register(Submission)
class SubmissionAdmin(WorkAdmin):
    """What people have handed in."""

    list_display = (
        *("id", "owner", "challenge", "status", "phase", "result", "points", "disqualified"),
        *("attempt", "losses", "failure_code", "worker", "queued_at", "finished_at"),
    )
    list_filter = ("status", "phase", "result", "disqualified", "challenge", "failure_code")
    search_fields = ("id", "owner__email", "sha256")
    inlines = (RevisionInline,)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """What operators may change, each with a page in between that shows what would be."""
        if not self.has_revise_permission(request):
            return {}
        return {name: (action, name, action.short_description) for name, action in ACTIONS.items()}

    def has_revise_permission(self, request: HttpRequest) -> bool:
        """Who may change results: whoever may write the trace of it."""
        return request.user.has_perm("submissions.add_revision")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """With owners, without the long reports in lists."""
        return super().get_queryset(request).select_related("owner").defer("report_json")


@admin.register(Rejudgement)
class RejudgementAdmin(WorkAdmin):
    """What is graded anew, and who asked for it."""

    list_display = ("id", "challenge", "status", "phase", "by", "reason", "failure_code", "queued_at", "finished_at")
    list_filter = ("status", "phase", "challenge")
    search_fields = ("id", "submission__id")


@admin.register(Remeasurement)
class RemeasurementAdmin(WorkAdmin):
    """What is measured once more, and for which versions. Who deletes one lets it be asked for again."""

    list_display = (
        *("id", "challenge", "runtime", "formula", "status", "phase"),
        *("failure_code", "worker", "queued_at", "finished_at"),
    )
    list_filter = ("status", "phase", "runtime", "formula", "challenge")
    search_fields = ("id", "submission__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Remeasurement]:
        """Without the long reports in lists."""
        return super().get_queryset(request).defer("report_json")


@admin.register(Trial)
class TrialAdmin(WorkAdmin):
    """What people have tried. The page of a failed trial asks them to tell the operator its number."""

    list_display = ("id", "owner", "kind", "challenge", "status", "failure_code", "attempt", "queued_at", "finished_at")
    list_filter = ("kind", "status", "challenge")
    search_fields = ("id", "owner__email", "entries__sha256")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trial]:
        """With owners, without the long results in lists."""
        return super().get_queryset(request).select_related("owner").defer("result_json")


@admin.register(Worker)
class WorkerAdmin(admin.ModelAdmin):
    """Which workers were seen when."""

    list_display = ("name", "seen_at", "started_at", "lines", "slots", "self_test", "self_test_ratio", "stopping")


@admin.register(Measurement)
class MeasurementAdmin(WorkAdmin):
    """What boards measure. A withdrawn one is shown to nobody, and a board that still has it is not listened to."""

    list_display = (
        *("id", "device", "challenge", "status", "worker"),
        *("attempt", "losses", "failure_code", "failure_params", "queued_at", "finished_at"),
    )
    list_filter = ("device", "status", "challenge", "failure_code")
    search_fields = ("id", "submission__id", "worker")
    actions = ("withdraw", "measure_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Measurement]:
        """Without the long samples in lists."""
        return super().get_queryset(request).defer("latency_json")

    def has_revise_permission(self, request: HttpRequest) -> bool:
        """Who may change what is shown of measurements, although nobody writes them by hand."""
        return request.user.has_perm("submissions.change_measurement")

    @admin.action(description=_("Withdraw"), permissions=["revise"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Measurement]) -> None:
        """Show and do them no more."""
        count = Measurement.objects.filter(pk__in=chosen).withdraw()
        self.message_user(request, _("Withdrawn: %(count)s.") % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Measure again"), permissions=["revise"])
    def measure_again(self, request: HttpRequest, chosen: QuerySet[Measurement]) -> None:
        """Queue what has ended."""
        count = Measurement.objects.filter(pk__in=chosen).measure_again()
        self.message_user(request, _("Queued again: %(count)s.") % {"count": count}, messages.SUCCESS)


@admin.register(Board)
class BoardAdmin(admin.ModelAdmin):
    """Boards that have asked for work. Without the last one of a device nothing is queued for that device any more."""

    list_display = ("name", "device", "seen_at", "machine")
    list_filter = ("device",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come by themselves, with an operator's token."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """What is known of them, they say."""
        return False
