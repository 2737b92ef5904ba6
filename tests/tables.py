"""A database with tables and no rows, made once on a machine: to migrate takes longer than many a test."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.data_sets import MACHINE_HOME

ROOT = Path(__file__).parents[1]
NAME = "karui.sqlite3"


def empty_database() -> Path:
    """The kept file. It is made anew when a migration of ours or a package has changed."""
    kept = MACHINE_HOME / "tests" / f"tables-{_digest()}.sqlite3"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as home:
            _migrate(home)
            (Path(home) / NAME).replace(kept)
    return kept


def _digest() -> str:
    made_by = [*sorted((ROOT / "platform").rglob("migrations/*.py")), ROOT / ".ci" / "constraints.txt"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:16]


def _migrate(home: str) -> None:
    elsewhere = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=elsewhere | {"KARUI_HOME": home, "PYTHONPATH": "platform"}, check=True)
