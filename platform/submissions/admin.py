"""Submissions, for operators."""

# mypy: disable-error-code="type-arg"
# Django's admin classes are generic in the stubs, not at run time

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from submissions.models import Submission, Worker


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin):
    """Read only: states change through transitions, never by hand."""

    list_display = ("id", "owner", "challenge", "status", "result", "points", "attempt", "queued_at", "finished_at")
    list_filter = ("status", "result", "challenge")
    search_fields = ("id", "owner__email", "sha256")
    date_hierarchy = "queued_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """With owners, without the long reports in lists."""
        return super().get_queryset(request).select_related("owner").defer("report_json")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Uploads come through the site."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        """States change through transitions."""
        return False


@admin.register(Worker)
class WorkerAdmin(admin.ModelAdmin):
    """Which workers were seen when."""

    list_display = ("name", "seen_at")
