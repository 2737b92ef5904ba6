"""Everything that belongs to a person, in one ZIP."""

import json
from collections.abc import AsyncIterator
from contextlib import closing
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.http import FileResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.belongings import Attachment, KeepsFiles, belongings
from accounts.models import User

SECRETS = set("password token token_secret token_key secret digest salt key session_key session_data".split())
"""Names of columns that would let their reader in, in whatever model."""
ABOUT_OTHERS = {"object_repr", "change_message"}
"""What an operator's log says of the rows that they changed, which belong to others."""
CHUNK_BYTES = 2**18
CHUNK_ROWS = 20  # a submission comes with its report, which is long


class Download(FileResponse):
    """A file on its way out. Under ASGI Django would read all of a synchronous response into memory."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = sync_to_async(self.file_to_stream.read, thread_sensitive=False)  # type: ignore[union-attr]
        while chunk := await read(CHUNK_BYTES):
            yield chunk


def export(person: User) -> IO[bytes]:
    """The ZIP, in a file without a name that goes when it is closed: it may be too large for memory."""
    spool = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  the response closes it
    with ZipFile(spool, "w", ZIP_DEFLATED) as archive:
        write_rows(archive, "account.json", User.objects.filter(pk=person.pk))
        kinds = {}
        for rows in belongings(person):
            name = f"{rows.model._meta.label_lower}.json"
            if count := write_rows(archive, name, rows):
                kinds[name] = f"{rows.model._meta.verbose_name_plural} ({count})"
            if issubclass(rows.model, KeepsFiles):
                write_files(archive, rows)
        archive.writestr("README.txt", read_me(person, kinds))
    spool.seek(0)
    return spool


def write_rows(archive: ZipFile, name: str, rows: QuerySet[Any]) -> int:
    """Write rows as one JSON array, a row at a time, and say how many. None make no file."""
    if not rows.exists():
        return 0
    count = 0
    with archive.open(name, "w", force_zip64=True) as file:
        for count, row in enumerate(rows.iterator(CHUNK_ROWS), 1):
            text = json.dumps(as_json(row), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
            file.write(f"{'[' if count == 1 else ','}\n{text}".encode())
        file.write(b"\n]\n")
    return count


def as_json(row: Model) -> dict[str, Any]:
    """A row as Django serializes it, without what is secret."""
    fields = [*row._meta.fields, *row._meta.many_to_many]
    shown = [field.name for field in fields if field.name not in SECRETS | ABOUT_OTHERS]
    [serialized] = serializers.serialize("python", [row], fields=shown)
    if row._meta.pk.name in SECRETS:
        del serialized["pk"]
    return dict(serialized)


def write_files(archive: ZipFile, rows: QuerySet[Any]) -> None:
    """Write the files that rows stand for, each name once."""
    written: set[str] = set()
    for row in rows.iterator(CHUNK_ROWS):
        for file in row.attachments():
            if file.name not in written:
                write_file(archive, file)
                written.add(file.name)


def write_file(archive: ZipFile, file: Attachment) -> None:
    """Put a file in as it is, because weights hardly shrink. One that the storage has lost leaves an empty mark."""
    entry = ZipInfo(file.name, localtime().timetuple()[:6])
    try:
        source = file.open()
    except FileNotFoundError:
        archive.writestr(f"{file.name}.missing", b"")
        return
    with closing(source), archive.open(entry, "w", force_zip64=True) as target:
        copyfileobj(source, target, CHUNK_BYTES)


def read_me(person: User, kinds: dict[str, str]) -> str:
    """What is what, in the reader's language."""
    lines = [
        _("What Karui has stored about %(email)s") % {"email": person.email},
        localtime().strftime("%Y-%m-%d %H:%M %Z"),
        "",
        _("account.json is your account. Each of the other JSON files holds all rows of one kind that belong to you:"),
        *(f"  {name}: {kind}" for name, kind in kinds.items()),
        "",
        _("uploads/ has every model file that you handed in, once, under its SHA-256. The rows name it as sha256."),
        _("reports/ has the report on each submission, under the submission's id, as it was measured."),
        _("A name that ends in .missing stands for a file that should be there but could not be found."),
        "",
        _("Left out are secrets: your password's hash, and the keys of sessions, links and tokens."),
    ]
    return "\n".join(lines) + "\n"
