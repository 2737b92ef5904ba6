"""Which static files of libraries are of no use here."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Django's own, without what no page of ours asks for: to pack it takes as long as all the rest."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "htmax-*", "htmx-2*", "ext"]
