"""`manage.py check` reads every question."""

from collections.abc import Sequence
from functools import partial

from django.core.checks import CheckMessage

from content.broken import found_by
from interviews.bank.bank import bank
from interviews.bank.tables import files, read_file


def the_bank_is_whole(**_: object) -> Sequence[CheckMessage]:
    """An error for each file whose tables are broken, naming the line; only then are the texts rendered."""
    broken = found_by(*(partial(read_file, path) for path in files()), id="interviews.E001")
    return broken or found_by(bank, id="interviews.E002")
