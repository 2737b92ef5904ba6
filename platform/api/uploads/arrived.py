"""Bytes that a person has sent before, by their digest. Those of others do not exist for them."""

from accounts.models import User
from api.uploads.models import Upload
from grader.entry import Entry
from submissions import files
from submissions.models import Submission


class NotWhole(Exception):
    """What has come in so far is not the file with this digest."""


def is_kept(owner: User, sha256: str) -> bool:
    """Whether an earlier submission of theirs has this file."""
    return kept(owner, sha256) is not None


def kept(owner: User, sha256: str) -> Submission | None:
    """The submission whose file it is."""
    return Submission.needing().filter(owner=owner, sha256=sha256).first()


def arrived(owner: User, sha256: str, name: str) -> Entry:
    """The file. Raises NotWhole; OSError and ValueError if the storage has lost or damaged it."""
    if earlier := kept(owner, sha256):
        return Entry(name, files.load(earlier).data)
    upload = Upload.objects.filter(owner=owner, sha256=sha256).first()
    entry = Entry(name, upload.read() if upload else b"")
    if entry.sha256 != sha256:
        raise NotWhole
    return entry
