"""The site's frame: settings, addresses, servers, queue."""

from config.celery import app as celery_app

__all__ = ["celery_app"]  # loaded with Django, so that every shared_task finds its broker
