"""From a click to a trial in the queue."""

from collections.abc import Sequence
from functools import partial

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from challenges.spec import ChallengeSpec
from grader.entry import Entry
from grader.validate import validate
from submissions.intake import kept
from submissions.models import Submission
from submissions.tasks import send
from submissions.trials.models import Kind, Trial, TrialEntry

log = structlog.get_logger("karui.intake")


class TrialStillOpen(Exception):
    """This person has a trial that waits or runs; `trial` is it."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(str(trial))
        self.trial = trial


class NoTrialsLeft(Exception):
    """This person has used up today's trials."""


def climb_upload(owner: User, spec: ChallengeSpec, upload: "UploadedFile[bytes]") -> Trial:
    """Queue a ladder for a new file. Raises EntryRejected if it can be refused unopened, and what `begin` raises."""
    entry = Entry(upload.name or "", upload.read())
    validate(entry, ("onnx",), spec.max_bytes)
    row = TrialEntry(file_name=entry.name[-255:], file_bytes=len(entry.data), sha256=entry.sha256)
    return kept(entry, upload, lambda: begin(owner, spec.id, Kind.LADDER, [row]))


def climb_submission(submission: Submission) -> Trial:
    """Queue a ladder for what was handed in. Raises what `begin` raises."""
    return begin(submission.owner, submission.challenge, Kind.LADDER, [copied(submission)])


def compare(submissions: Sequence[Submission]) -> Trial:
    """Queue a comparison of one person's entries for one challenge. Raises what `begin` raises."""
    first = submissions[0]
    return begin(first.owner, first.challenge, Kind.PARITY, [copied(submission) for submission in submissions])


def copied(submission: Submission) -> TrialEntry:
    """The same bytes, for a trial."""
    return TrialEntry(file_name=submission.file_name, file_bytes=submission.file_bytes, sha256=submission.sha256)


def digests(entries: Sequence[TrialEntry]) -> set[str]:
    """Of models that have no trial yet."""
    return {entry.sha256 for entry in entries}


@transaction.atomic
def begin(owner: User, challenge: str, kind: Kind, entries: Sequence[TrialEntry]) -> Trial:
    """Make the row, and send its id to the queue once it is safely in the database.

    Whoever asks again for the trial that is open, by a second click or after a broken connection, gets that one.
    Raises TrialStillOpen if it is another one, NoTrialsLeft.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # two clicks at once do not make two
    if still_open := Trial.objects.open_of(owner):
        if (still_open.challenge, still_open.kind, still_open.digests()) == (challenge, kind, digests(entries)):
            return still_open
        raise TrialStillOpen(still_open)
    if not Trial.objects.any_left(owner):
        raise NoTrialsLeft
    trial = Trial.objects.begin(owner, challenge, kind, entries)
    log.info("trial_begun", trial=str(trial.pk), challenge=challenge, kind=kind)
    transaction.on_commit(partial(send, trial))
    return trial
