"""`manage.py backup FOLDER`: see config.backup."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from config import backup


class Command(BaseCommand):
    """Copy rows, models and secrets into a new folder."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the copy is."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: object, folder: Path, **options: object) -> None:
        """Do it, and say how much there was."""
        files = backup.back_up(folder.absolute())
        self.stdout.write(f"copied: the rows and {files} files")
