"""What was backed up is brought back: rows, models and secrets, on SQLite in real processes."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest

from tests.tables import NAME, empty_database

ROOT = Path(__file__).parents[3]
ROWS = ("SELECT * FROM accounts_user", "SELECT * FROM submissions_submission")
FILL = """
from uuid import uuid4
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import User
from challenges.registry import catalogue
from submissions.intake import receive
user = User.objects.create_user("kept@example.com", "a long enough pass phrase")
receive(user, catalogue()["int8_fashion"], SimpleUploadedFile("entry.onnx", b"\\x08 a model"), uuid4())
"""


def manage(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """manage.py of an installation."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment | {"KARUI_HOME": str(home), "KARUI_LOG_LEVEL": "CRITICAL"},
        capture_output=True,
        text=True,
        check=False,
    )


def run(home: Path, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command that need not make the checks that `./run check` makes."""
    return manage(home, command, "--skip-checks", *arguments)


def told(home: Path) -> tuple[list[object], list[bytes]]:
    """What its database holds of people and submissions, and the models themselves."""
    with closing(sqlite3.connect(home / NAME)) as database:
        rows = [database.execute(query).fetchall() for query in ROWS]
    return rows, [path.read_bytes() for path in sorted((home / "media").rglob("*")) if path.is_file()]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with somebody who has handed in."""
    home = tmp_path_factory.mktemp("filled")
    copyfile(empty_database(), home / NAME)
    done = manage(home, "shell", "--no-imports", "-c", FILL)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def copy(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    folder = tmp_path_factory.mktemp("backups") / "today"
    done = run(filled, "backup", str(folder))
    assert done.returncode == 0, done.stderr
    assert "1 files" in done.stdout
    return folder


def test_rows_models_and_secrets_come_back(filled: Path, copy: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "restore", str(copy))

    assert done.returncode == 0, done.stderr
    rows, models = told(tmp_path)
    assert (rows, models) == told(filled)
    assert all(rows)
    assert models == [b"\x08 a model"]
    assert (tmp_path / "secret_key").read_bytes() == (filled / "secret_key").read_bytes()


def test_nothing_is_brought_back_over_people(filled: Path, copy: Path) -> None:
    before = told(filled)

    done = run(filled, "restore", str(copy))

    assert done.returncode == 1
    assert "has people already" in done.stderr
    assert told(filled) == before


def test_a_backup_is_never_written_over_another(filled: Path, copy: Path) -> None:
    done = run(filled, "backup", str(copy))

    assert done.returncode == 1
    assert "exists" in done.stderr


def test_a_backup_is_for_its_owner_alone(copy: Path) -> None:
    assert copy.stat().st_mode & 0o077 == 0
