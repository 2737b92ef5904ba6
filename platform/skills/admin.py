"""Evidence, for operators: to look at, not to make up."""

# mypy: disable-error-code="type-arg"
# Django's admin classes are generic in the stubs, not at run time

from django.contrib import admin
from django.http import HttpRequest

from skills.models import Evidence


@admin.register(Evidence)
class EvidenceAdmin(admin.ModelAdmin):
    """Read only: evidence comes from what people do."""

    list_display = ("owner", "skill", "kind", "level", "source", "recorded_at")
    list_filter = ("kind", "skill")
    search_fields = ("owner__email", "source")
    list_select_related = ("owner",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only what people do makes evidence."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Evidence | None = None) -> bool:
        """It stays as it was recorded."""
        return False
