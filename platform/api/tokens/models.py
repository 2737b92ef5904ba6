"""A token lets a program act for a person, within its scopes and until it expires. Only its digest is stored."""

# mypy: disable-error-code="misc"
# knox has no types

from typing import Any, ClassVar

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from accounts.models import User

NAME = 64  # characters


class Scope(models.TextChoices):
    """What a token is good for."""

    READ = "read", _("read: your submissions, reports, progress and results")
    SUBMIT = "submit", _("submit: hand in, cancel and grade again; remove stored models")


FOR_DEVICE = "measure:{device}"
"""What lets a board of a device fetch models of anybody and measure them: only operators can give that."""


class TokenManager(AuthTokenManager):
    """Makes tokens as knox does."""

    def of(self, owner: User) -> models.QuerySet["Token"]:
        """Those of one person that still work, newest first."""
        mine: models.QuerySet[Token] = self.filter(user=owner, expiry__gt=now())
        return mine.order_by("-created")


class Token(AbstractAuthToken):
    """One of them. `token_key`: how it begins, by which its owner recognises it."""

    name = models.CharField(_("name"), max_length=NAME)
    scopes = models.JSONField(_("scopes"), default=list)

    objects: ClassVar[Any] = TokenManager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    def is_good_for(self, scope: str) -> bool:
        """Whether it may be used for something. What only operators can give ends with their being one."""
        return scope in self.scopes and (scope in Scope.values or self.user.is_staff)
