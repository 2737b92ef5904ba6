"""The queue. It carries only ids: the database is the truth, so a lost message costs time and nothing else."""

# mypy: disable-error-code="untyped-decorator"
# Celery has no types

import os

from celery import Celery, platforms
from celery.signals import beat_embedded_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("karui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Stop Celery from replacing the JSON log format that Django has set up."""


@beat_embedded_init.connect
def die_with_the_worker(**_: object) -> None:
    """A beat whose worker was killed would tick for ever: Celery ties pool children to their parent, but not beat."""
    platforms.set_pdeathsig("SIGKILL")
