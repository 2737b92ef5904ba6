"""Under which name somebody is shown, if at all."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

NAME = 40  # characters


class Nameplate(models.Model):
    """A name that somebody has chosen to be shown under. Who has none is shown without a name."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="nameplate")
    name = models.CharField(_("display name"), max_length=NAME)

    objects: ClassVar[models.Manager["Nameplate"]] = models.Manager()

    class Meta:
        verbose_name = _("nameplate")
        verbose_name_plural = _("nameplates")

    def __str__(self) -> str:
        return self.name
