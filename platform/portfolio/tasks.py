"""What upkeep does for portfolios."""

# mypy: disable-error-code="untyped-decorator"
# Celery has no types

from celery import shared_task

from portfolio.ageing.due import queue_due


@shared_task
def remeasure() -> None:
    """Let claims be measured once more that are older than the runtime or the formula."""
    queue_due()
