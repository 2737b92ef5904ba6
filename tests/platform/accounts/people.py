"""People who have rows in every model that hangs on people, those of apps that come later among them."""

from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from django.utils.timezone import now
from model_bakery import baker

from accounts.belongings import paths_to
from accounts.models import User
from grader.entry import Entry
from submissions import files
from submissions.models import Status, Submission

FITTING: dict[str, dict[str, Any]] = {
    "submissions.submission": {"upload_key": uuid4},
    "submissions.trial": {"status": "done"},
    "skills.evidence": {"level": 1},
    "interviews.mock": {"finished_at": now},
}
"""What constraints ask of a model's rows beyond what model_bakery knows."""


def somebody(email: str) -> User:
    """A person with two rows of each kind, or with the one that they can have."""
    person = User.objects.create_user(email, "a long enough pass phrase", first_name=f"First {email}")
    for model in paths_to(User):
        for _ in range(2):
            row_of(model, person)
    return person


def row_of(model: type[Any], person: User) -> Model:
    """A row that belongs to a person, with the rows that it hangs on."""
    name, *rest = paths_to(User)[model][0].split("__")
    link = model._meta.get_field(name)
    above = row_of(link.related_model, person) if rest else person
    known = model._base_manager.filter(**{name: above}).first() if link.unique else None
    row: Model = known or baker.make(model, **{name: above}, **FITTING.get(model._meta.label_lower, {}))
    return row


def hand_in(person: User, data: bytes, report: str = "") -> Submission:
    """A submission whose file is stored."""
    sha256 = Entry("entry.onnx", data).sha256
    if not default_storage.exists(files.path_of(sha256)):
        default_storage.save(files.path_of(sha256), ContentFile(data))
    submission: Submission = baker.make(
        Submission, owner=person, sha256=sha256, upload_key=uuid4(), report_json=report, status=Status.GRADED
    )
    return submission


def stored() -> set[str]:
    """The digests of the files that lie in the storage."""
    if not default_storage.exists("entries"):
        return set()
    folders, _ = default_storage.listdir("entries")
    return {name for folder in folders for name in default_storage.listdir(f"entries/{folder}")[1]}
