"""The bytes of uploads on disk."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from grader.entry import Entry
from submissions import files


@pytest.fixture
def incoming(tmp_path: Path, settings: Any) -> Path:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    return tmp_path


def test_what_a_killed_web_process_left_is_swept(incoming: Path) -> None:
    abandoned, arriving = incoming / "old.upload.onnx", incoming / "new.upload.onnx"
    for draft in (abandoned, arriving):
        draft.write_bytes(b"half a model")
    two_hours_ago = time.time() - 7200
    os.utime(abandoned, (two_hours_ago, two_hours_ago))

    files.sweep_abandoned()

    assert list(incoming.iterdir()) == [arriving]


def test_a_part_that_a_crash_left_makes_room_for_the_whole() -> None:
    entry = Entry("entry.onnx", b"\x08 a whole model")
    default_storage.save(files.path_of(entry.sha256), ContentFile(entry.data[:5]))

    files.keep(entry, ContentFile(entry.data))

    with default_storage.open(files.path_of(entry.sha256)) as stored:
        assert stored.read() == entry.data
