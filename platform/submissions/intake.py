"""From an upload to a row in the queue."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid5

import structlog
from django.core.files.base import ContentFile, File
from django.db import transaction

from accounts.models import User
from challenges.registry import everything
from challenges.spec import Spec
from grader.entry import Entry
from grader.validate import validate
from submissions import files
from submissions.models import Submission
from submissions.tasks import send
from submissions.work import Work, forget_unneeded

W = TypeVar("W", bound=Work)
log = structlog.get_logger("karui.intake")


class NoAttemptsLeft(Exception):
    """This person has used up today's uploads for the challenge. free_in_s: when the oldest of them is given back."""

    def __init__(self, free_in_s: float) -> None:
        super().__init__(free_in_s)
        self.free_in_s = free_in_s


def receive(owner: User, spec: Spec, upload: "File[bytes]", upload_key: UUID) -> Submission:
    """Store an upload and queue it. Raises EntryRejected if it can be refused unopened, NoAttemptsLeft."""
    entry = Entry(upload.name or "", upload.read())
    validate(entry, spec.formats, spec.max_bytes)
    return kept(entry, upload, lambda: queue(owner, spec, entry, upload_key))


def kept(entry: Entry, upload: "File[bytes]", make_row: Callable[[], W]) -> W:
    """The row that needs these bytes, with the bytes in the storage. They stay only if there is a row."""
    files.keep(entry, upload)
    try:
        row = make_row()
    except Exception:  # refused, or the account was deleted while the file came in
        forget_unneeded({entry.sha256})
        raise
    files.keep(entry, ContentFile(entry.data))  # again: until the row was there, whoever had the same bytes could go
    return row


def again(submission: Submission) -> Submission:
    """Queue what was handed in once more, once for each submission however often it is asked for.

    Raises NoAttemptsLeft; OSError and ValueError if the stored file is gone or damaged.
    """
    spec = everything()[submission.challenge]
    return queue(submission.owner, spec, files.load(submission), uuid5(submission.pk, "again"))


@transaction.atomic
def queue(owner: User, spec: Spec, entry: Entry, upload_key: UUID) -> Submission:
    """Make the row, and send its id to the queue once it is safely in the database.

    A browser that lost the connection sends again, not knowing how far it came: the same bytes under the same key are
    the same submission.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # two uploads at once cannot both take the last attempt
    identity = {"owner": owner, "challenge": spec.id, "upload_key": upload_key, "sha256": entry.sha256}
    if known := Submission.objects.filter(**identity).first():
        return known
    if not Submission.objects.attempts_left(owner, spec.id):
        raise NoAttemptsLeft(Submission.objects.attempt_free_in_s(owner, spec.id))
    submission = Submission.objects.create(**identity, file_name=entry.name[-255:], file_bytes=len(entry.data))
    log.info("received", submission=str(submission.pk), challenge=spec.id, file_bytes=len(entry.data))
    transaction.on_commit(partial(send, submission))
    return submission
