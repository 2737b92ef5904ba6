"""A credential of a claim, and the place in the status list that outlives it."""

import secrets
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from challenges.credentials.bits import BITS
from portfolio.claims.models import Claim

FULL = 0.5
"""Of a list: then the next one is begun, so that a free place is found soon."""


class SlotQuerySet(models.QuerySet["Slot"]):
    """The questions about places."""

    def take(self) -> "Slot":
        """A free place, drawn at random, so that its number tells nothing of when."""
        number = int(self.count() // (FULL * BITS))
        taken = set(self.filter(list=number).values_list("index", flat=True))
        while (index := secrets.randbelow(BITS)) in taken:
            pass
        return self.create(list=number, index=index)

    def revoked(self, number: int) -> models.QuerySet["Slot", int]:
        """The places of a list behind which no credential stands."""
        standing = Credential.objects.standing().values("slot")
        return self.filter(list=number).exclude(pk__in=standing).values_list("index", flat=True)


class Slot(models.Model):
    """One bit of a status list. It stays when its credential goes: with nothing behind it, it says revoked."""

    list = models.PositiveIntegerField()
    index = models.PositiveIntegerField()

    objects: ClassVar[SlotQuerySet] = SlotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "index"], name="one_credential_in_a_slot")]

    def __str__(self) -> str:
        return f"{self.list}/{self.index}"


class CredentialQuerySet(models.QuerySet["Credential"]):
    """The questions about credentials."""

    def of(self, owner: User) -> Self:
        """Those of one person that they have not revoked, the newest first."""
        return (
            self.filter(claim__owner=owner, revoked_at=None).select_related("claim__submission").order_by("-issued_at")
        )

    def standing(self) -> Self:
        """Those that are not revoked, and whose claim stands on the report that was signed.

        Some may have expired, which they say themselves.
        """
        signed = Q(claim__submission__judged_anew_at=None) | Q(claim__submission__judged_anew_at__lte=F("issued_at"))
        return self.filter(signed, revoked_at=None, claim__in=Claim.objects.standing())

    def current(self) -> Self:
        """Those that hold."""
        return self.standing().filter(expires_at__gt=now())


class Credential(models.Model):
    """One token that was given out. signed: the token as it was issued, because what was signed cannot change."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="credentials")
    slot = models.OneToOneField(Slot, on_delete=models.PROTECT)
    signed = models.TextField()
    issued_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects: ClassVar[CredentialQuerySet] = CredentialQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("portfolio:credential", args=[self.pk])

    def revoke(self) -> None:
        """Let it hold no more."""
        self.revoked_at = now()
        self.save(update_fields=["revoked_at"])
