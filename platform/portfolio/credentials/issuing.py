"""Credentials are given out, and taken back."""

import secrets
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.timezone import now

from portfolio.claims.models import Claim
from portfolio.credentials.document import Award, credential
from portfolio.credentials.issuer import list_key, sign
from portfolio.credentials.models import Credential, Slot

HOLDS = timedelta(days=365)
"""Runtimes move on: a figure that is older says little of today's."""


@transaction.atomic
def issue(claim: Claim) -> Credential:
    """The credential of a claim that holds: the one that it has, or a new one."""
    Claim.objects.select_for_update().get(pk=claim.pk)
    if known := Credential.objects.current().filter(claim=claim).first():
        return known
    at = now().replace(microsecond=0)
    award = Award(
        id=uuid4(),
        claim=claim,
        slot=Slot.objects.take(),
        salt=secrets.token_urlsafe(12),
        issued_at=at,
        expires_at=at + HOLDS,
    )
    return Credential.objects.create(
        id=award.id,
        claim=claim,
        slot=award.slot,
        signed=sign(credential(award, settings.SITE_URL)),
        issued_at=award.issued_at,
        expires_at=award.expires_at,
    )


def revoke(given: Credential) -> None:
    """Take one back. Whoever asks from now on is told so."""
    given.revoke()
    cache.delete(list_key(given.slot.list))
