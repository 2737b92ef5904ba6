"""The same code on a real PostgreSQL and a real Redis, started here from Debian's packages."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.services.servers import ROOT, Postgres, python
from tests.services.workers import rows

pytestmark = [pytest.mark.services, pytest.mark.slow]
STATE_MACHINE = [
    "submissions/test_models.py",
    "submissions/test_waiting.py",
    "submissions/trials/test_running.py",
    "boards/test_ranking.py",
    "interviews/cards/test_reviewing.py",
]
"""Where rows are claimed, counted and changed by several at once: what databases do each in their own way."""


def test_the_state_machine_holds_on_postgresql(production: dict[str, str]) -> None:
    tests = [str(Path("tests/platform") / name) for name in STATE_MACHINE]

    told = python(
        production, *"-m pytest -q -p no:cacheprovider -p no:xdist --no-migrations -m".split(), "not long", *tests
    )

    assert " passed" in told
    assert "skipped" not in told


HAND_IN = """
from uuid import uuid4
from accounts.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from challenges.registry import catalogue
from submissions.intake import receive
user = User.objects.create_user(f"{uuid4()}@example.com")
print(receive(user, catalogue()["survive_int8"], SimpleUploadedFile("entry.onnx", b"\\x08 not a model"), uuid4()).pk)
"""
CLAIM_AT_ONCE = """
from threading import Barrier, Thread
from django.db import connection
from submissions.models import Submission
pk, together, won = %r, Barrier(8), []
def claim():
    row = Submission.objects.get(pk=pk)
    connection.close()
    together.wait(20)
    won.append(row.claim())
    connection.close()
threads = [Thread(target=claim) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sum(won), Submission.objects.get(pk=pk).attempt)
"""


def shell(environment: dict[str, str], script: str) -> str:
    """What a script in the site's own process prints last."""
    return python(environment, "manage.py", "shell", "--no-imports", "-c", script).strip().splitlines()[-1]


def found(environment: dict[str, str], submission: str) -> dict[str, Any]:
    """A submission's row."""
    [row] = [row for row in rows(environment) if str(row["id"]) == submission]
    return row


def test_of_eight_workers_that_claim_at_once_one_wins(migrated: dict[str, str]) -> None:
    submission = shell(migrated, HAND_IN)

    assert shell(migrated, CLAIM_AT_ONCE % submission) == "1 1"


def test_a_backup_of_postgresql_comes_back_in_another_database(
    migrated: dict[str, str], postgres: Postgres, tmp_path: Path
) -> None:
    submission, copy = shell(migrated, HAND_IN), tmp_path / "copy"
    python(migrated, "manage.py", "backup", "--skip-checks", str(copy))
    with psycopg.connect(postgres.url, autocommit=True) as database:
        database.execute("CREATE DATABASE elsewhere")
    elsewhere = {"DATABASE_URL": postgres.url_of("elsewhere"), "KARUI_HOME": str(tmp_path / "elsewhere")}

    python(migrated | elsewhere, "manage.py", "restore", "--skip-checks", str(copy))

    assert found(migrated | elsewhere, submission) == found(migrated, submission)


@pytest.mark.sandbox
def test_a_submission_travels_through_redis_and_is_graded_once_by_two_workers(migrated: dict[str, str]) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "config", "worker", "--concurrency", "1", "--hostname", name],
            cwd=ROOT,
            env=migrated | {"KARUI_SELF_TEST": "0"},  # those of test_compose_commands.py test themselves
            stderr=subprocess.DEVNULL,
        )
        for name in ("one@test", "two@test")
    ]

    submission, end = shell(migrated, HAND_IN), time.monotonic() + 90
    while not (row := found(migrated, submission))["finished_at"] and time.monotonic() < end:
        time.sleep(0.5)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(30)

    assert (row["status"], row["attempt"]) == ("rejected", 1)
