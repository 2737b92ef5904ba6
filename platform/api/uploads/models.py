"""What has come in of a file so far."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.belongings import Attachment
from accounts.models import User

AT_ONCE = 4  # files of one person that are on their way
KEPT_H = 24  # after the last part


class UploadQuerySet(models.QuerySet["Upload"]):
    """The questions that the site asks about uploads."""

    def of(self, owner: User) -> Self:
        """Those of one person."""
        return self.filter(owner=owner)

    def abandoned(self) -> Self:
        """Those to which nobody has added anything for long."""
        return self.filter(touched_at__lt=now() - timedelta(hours=KEPT_H))

    def forget(self) -> None:
        """Remove rows, and then the parts."""
        forget_parts = self.model.forget_files(self)
        self.delete()
        forget_parts()


class Upload(models.Model):
    """A file on its way in, known by the digest that it will have. parts: their names in the storage, in order."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    sha256 = models.CharField(max_length=64)
    received_bytes = models.PositiveBigIntegerField(default=0)
    parts = models.JSONField(default=list)
    touched_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager["Upload"]] = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("unfinished upload")
        verbose_name_plural = _("unfinished uploads")
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_upload_of_a_file")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.received_bytes}"

    def append(self, offset: int, data: bytes) -> bool:
        """Add a part. False if it does not begin where the last one ended. Raises OSError; then nothing is added."""
        if self.received_bytes != offset:
            return False
        name = default_storage.save(f"{folder_of(self.pk)}/{offset}", ContentFile(data))
        grown = {"received_bytes": offset + len(data), "parts": [*self.parts, name], "touched_at": now()}
        if type(self)._base_manager.filter(pk=self.pk, received_bytes=offset).update(**grown):
            return True
        default_storage.delete(name)  # another request has added the same part meanwhile
        return False

    def read(self) -> bytes:
        """All that has come in. Raises OSError."""
        return b"".join(map(read_part, self.parts))

    def attachments(self) -> Iterator[Attachment]:
        """A file that is not whole is of no use to anybody."""
        return iter(())

    @classmethod
    def forget_files(cls, rows: models.QuerySet[Self]) -> Callable[[], None]:
        """What removes the parts of these rows once they are gone."""
        keys = list(rows.values_list("pk", flat=True))

        def forget_all() -> None:
            for key in keys:
                forget_parts(key)

        return forget_all


def folder_of(key: int) -> str:
    """Where the storage keeps the parts of an upload."""
    return f"parts/{key}"


def read_part(name: str) -> bytes:
    """One part."""
    with default_storage.open(name) as file:
        return bytes(file.read())


def forget_parts(key: int) -> None:
    """Remove all parts of an upload, also one that a full disk has cut off."""
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder_of(key))[1]:
            default_storage.delete(f"{folder_of(key)}/{name}")
        default_storage.delete(folder_of(key))
