"""A copy of everything that cannot be made again: rows, uploaded models and secrets. Baselines and data sets can."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import User

ROWS = {"sqlite": "karui.sqlite3", "postgresql": "karui.pgdump"}
FILES, SECRETS = "files", ("secret_key", "split-secret", "issuer-keys.json")


def back_up(folder: Path) -> int:
    """Write a copy into a new folder; gives how many files it holds. Raises CommandError."""
    if folder.exists():
        raise CommandError(f"{folder} exists. A backup goes into a folder of its own.")
    folder.mkdir(mode=0o700, parents=True)
    dump(folder / ROWS[connection.vendor])
    for name in kept_secrets(settings.KARUI_HOME):
        shutil.copy2(settings.KARUI_HOME / name, folder / name)
    paths = list(stored())
    for path in paths:
        target = folder / FILES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with default_storage.open(path) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    return len(paths)


def restore(folder: Path) -> int:
    """Bring a copy back into an installation that has nobody yet; gives how many files. Raises CommandError."""
    rows = folder / ROWS[connection.vendor]
    if not rows.is_file():
        raise CommandError(f"{rows} is not there: this is no copy of a {connection.vendor} database.")
    if "accounts_user" in connection.introspection.table_names() and User.objects.exists():
        raise CommandError("This installation has people already. A copy is brought back into an empty one.")
    load(rows)
    for name in kept_secrets(folder):
        shutil.copy2(folder / name, settings.KARUI_HOME / name)
    paths = [path for path in (folder / FILES).rglob("*") if path.is_file()]
    for path in paths:
        name = path.relative_to(folder / FILES).as_posix()
        if not default_storage.exists(name):
            with path.open("rb") as source:
                default_storage.save(name, File(source))
    return len(paths)


def kept_secrets(folder: Path) -> Iterator[str]:
    """The secrets that lie in files: without them sessions and credentials end, and other items would be hidden."""
    return (name for name in SECRETS if (folder / name).is_file())


def stored(folder: str = "") -> Iterator[str]:
    """Every file in the storage."""
    folders, names = default_storage.listdir(folder) if default_storage.exists(folder or ".") else ([], [])
    yield from (f"{folder}{name}" for name in names)
    for inner in folders:
        yield from stored(f"{folder}{inner}/")


def dump(target: Path) -> None:
    """Copy the rows as they are at one moment, while the site goes on."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
    else:
        run("pg_dump", "--format", "custom", "--no-owner", "--file", str(target))


def load(source: Path) -> None:
    """Put the rows back in place of empty tables."""
    if connection.vendor == "sqlite":
        connection.close()
        database = Path(settings.DATABASES["default"]["NAME"])
        for leftover in database.parent.glob(f"{database.name}-*"):
            leftover.unlink()
        shutil.copy2(source, database)
    else:
        run("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", str(source))


def run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, told by the environment where the database is. Raises CommandError."""
    given = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    where = {variable: str(given[name]) for name, variable in names.items() if given.get(name)}
    database = ["--dbname", where["PGDATABASE"]] if program == "pg_restore" else []
    try:
        subprocess.run([program, *database, *arguments], env={**os.environ, **where}, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandError(f"{program} did not succeed: {error}") from error
