"""The app."""

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """Boards."""

    name = "boards"
    default_auto_field = "django.db.models.BigAutoField"
