"""Text that is saved while it is being typed, in whatever tab, over whatever connection."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import BadRequest
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

SAVED, CHANGED_ELSEWHERE, CLOSED = 200, 409, 410
LONGEST = 20_000
"""Characters of one text; the pages let nobody type more."""
DIGITS = 9
"""Of a revision: more is none of ours."""


class Draft(models.Model):
    """A row whose text grows. `revision` counts the saves: what was typed on top of an older one replaces nothing."""

    revision = models.PositiveIntegerField(_("revision"), default=0)

    drafted: ClassVar[tuple[str, ...]]
    """The fields that are saved while they are typed."""
    open: ClassVar[Q] = Q()
    """Which rows still take a text."""

    class Meta:
        abstract = True

    def save_draft(self, base: int, texts: Mapping[str, Any]) -> bool:
        """Store texts that were typed on top of revision `base`. False if another tab was first with other ones.

        One conditional UPDATE, so that of two tabs one wins. A save that is repeated, because its answer was lost,
        finds its own texts and is as good as stored.
        """
        rows = type(self)._default_manager.filter(self.open, pk=self.pk)
        stored = rows.filter(revision=base).update(**texts, revision=F("revision") + 1) == 1
        self.refresh_from_db(fields=["revision", *self.drafted])
        return stored or all(getattr(self, name) == text for name, text in texts.items())


def typed(request: HttpRequest, names: Iterable[str]) -> dict[str, str]:
    """What the request brings of these texts, with line ends as the browser shows them.

    Raises BadRequest for what no page of ours lets anybody type, and no database keeps.
    """
    texts = {name: request.POST[name].replace("\r\n", "\n") for name in names if name in request.POST}
    if any(len(text) > LONGEST or "\0" in text for text in texts.values()):
        raise BadRequest("a text that is too long, or none")
    return texts


def store(request: HttpRequest, draft: Draft, texts: Mapping[str, Any]) -> bool:
    """Save what was typed on top of the revision that the form names. False if another tab was first."""
    base = request.POST.get("revision", "")
    return base.isdecimal() and len(base) <= DIGITS and draft.save_draft(int(base), texts)


def answer_save(request: HttpRequest, draft: Draft, texts: Mapping[str, Any]) -> HttpResponse:
    """Save what was typed, and tell the script of autosave.js how it went."""
    status = SAVED if store(request, draft, texts) else CHANGED_ELSEWHERE
    return JsonResponse({"revision": draft.revision}, status=status)
