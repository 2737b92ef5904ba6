"""Text that is saved while it is being typed, in whatever tab, over whatever connection."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

SAVED, CHANGED_ELSEWHERE, CLOSED = 200, 409, 410


class Draft(models.Model):
    """A row whose text grows. `revision` counts the saves: what was typed on top of an older one replaces nothing."""

    revision = models.PositiveIntegerField(_("revision"), default=0)

    drafted: ClassVar[tuple[str, ...]]
    """The fields that are saved while they are typed."""

    class Meta:
        abstract = True

    def save_draft(self, base: int, texts: dict[str, Any]) -> bool:
        """Store texts that were typed on top of revision `base`. False if another tab was first with other ones.

        One conditional UPDATE, so that of two tabs one wins. A save that is repeated, because its answer was lost,
        finds its own texts and is as good as stored.
        """
        rows = type(self)._default_manager.filter(pk=self.pk)
        stored = rows.filter(revision=base).update(**texts, revision=F("revision") + 1) == 1
        self.refresh_from_db(fields=["revision", *self.drafted])
        return stored or all(getattr(self, name) == text for name, text in texts.items())


def typed(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """What the request brings of a draft's texts, with line ends as the browser shows them."""
    return {name: request.POST[name].replace("\r\n", "\n") for name in draft.drafted if name in request.POST}


def answer_save(request: HttpRequest, draft: Draft, texts: dict[str, Any]) -> HttpResponse:
    """Save what was typed, and tell the script of autosave.js how it went."""
    base = request.POST.get("revision", "")
    stored = base.isdecimal() and draft.save_draft(int(base), texts)
    return JsonResponse({"revision": draft.revision}, status=SAVED if stored else CHANGED_ELSEWHERE)
