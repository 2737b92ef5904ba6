"""The page of one person, private until they open it, and links that open it to whoever has them, for a while."""

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User

ADDRESS = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$", _("3 to 40 of: a–z, 0–9 and hyphens inside."))
TAKEN_BY_US = {"link", "edit"}
NAME = 60  # characters


class Page(models.Model):
    """Under which name and address, and what is on it beside the claims."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portfolio")
    address = models.CharField(
        _("address"), max_length=40, unique=True, validators=[ADDRESS], error_messages={"unique": _("This is taken.")}
    )
    name = models.CharField(_("name on the page"), max_length=NAME)
    is_public = models.BooleanField(_("everybody may see the page"), default=False)
    shows_practice = models.BooleanField(_("show skills that I have practised, too"), default=False)

    objects: ClassVar[models.Manager["Page"]] = models.Manager()

    class Meta:
        verbose_name = _("portfolio page")
        verbose_name_plural = _("portfolio pages")

    def __str__(self) -> str:
        return self.address

    def get_absolute_url(self) -> str:
        return reverse("portfolio:page", args=[self.address])


class LinkQuerySet(models.QuerySet["Link"]):
    """The questions that pages ask about links."""

    def of(self, owner: User) -> Self:
        """Those of one person that still work, the newest first."""
        return self.filter(owner=owner, expires_at__gt=now()).order_by("-expires_at")

    def make(self, owner: User, label: str, days: int) -> str:
        """A new one. Gives its secret part, of which only the digest is stored."""
        secret = secrets.token_urlsafe(24)
        self.create(owner=owner, label=label, digest=digest_of(secret), expires_at=now() + timedelta(days=days))
        return secret

    def opened_by(self, secret: str) -> "Link | None":
        """The link with this secret, if it still works."""
        return self.filter(digest=digest_of(secret), expires_at__gt=now()).select_related("owner__portfolio").first()


class Link(models.Model):
    """Whoever has it sees the page, public or not, until it expires or is revoked. label: for whom it was made."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portfolio_links")
    label = models.CharField(_("for whom"), max_length=NAME)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("expires"))

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("portfolio link")
        verbose_name_plural = _("portfolio links")

    def __str__(self) -> str:
        return self.label


def digest_of(secret: str) -> str:
    """What is stored of it. It is drawn at random and long, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
