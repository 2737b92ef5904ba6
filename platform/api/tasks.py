"""What upkeep does for the API."""

# mypy: disable-error-code="untyped-decorator"
# Celery has no types

from celery import shared_task
from django.utils.timezone import now

from api.tokens.models import Token
from api.uploads.models import Upload


@shared_task
def sweep() -> None:
    """Remove uploads that nobody goes on with, and tokens that have expired."""
    Upload.objects.abandoned().forget()
    Token.objects.filter(expiry__lt=now()).delete()
