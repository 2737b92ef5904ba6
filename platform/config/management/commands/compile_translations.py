"""Compile the translations in pure Python, so that set-up needs no system gettext."""

import os
from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """`manage.py compile_translations`."""

    help = __doc__
    requires_system_checks = []  # it runs at set-up, before everything is in place

    def handle(self, *_: object, **__: object) -> None:
        """Compile what is stale."""
        for folder in settings.LOCALE_PATHS:
            for mo in compile_translations(Path(folder)):
                self.stdout.write(str(mo.relative_to(folder)))


def compile_translations(locale: Path) -> list[Path]:
    """Write every .po as .mo beside it where it is newer; returns what was written. Two processes may do so at once."""
    return [compile_one(po) for po in sorted(locale.glob("*/LC_MESSAGES/*.po")) if is_stale(po)]


def is_stale(po: Path) -> bool:
    """True if the compiled file is missing or older."""
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def compile_one(po: Path) -> Path:
    """Compile one file, and put it in place by a rename."""
    mo = po.with_suffix(".mo")
    half = mo.with_suffix(f".{os.getpid()}.tmp")
    polib.pofile(str(po)).save_as_mofile(str(half))
    return half.replace(mo)
