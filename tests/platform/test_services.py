"""The same code on a real PostgreSQL and a real Redis, started here from Debian's packages."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.services, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
POSTGRES = Path("/usr/lib/postgresql/15/bin")
STATE_MACHINE = [
    "submissions/test_models.py",
    "submissions/test_grading.py",
    "submissions/test_intake.py",
    "interviews/cards/test_reviewing.py",
]
START_S = 30
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
"""PostgreSQL refuses to run as root."""


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(answers: Callable[[], object]) -> None:
    """Wait for a service. Raises TimeoutError."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        with suppress(OSError, subprocess.CalledProcessError):
            answers()
            return
        time.sleep(0.1)
    raise TimeoutError


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DATABASE_URL of a cluster of its own, behind a socket in its folder."""
    folder = Path("/tmp") / f"karui-pg-{os.getpid()}"  # a socket's path may have 107 characters, pytest's are longer
    folder.mkdir(mode=0o700)
    if AS_POSTGRES:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    subprocess.run(
        [*AS_POSTGRES, POSTGRES / "initdb", "-D", data, "-U", "karui", "-A", "trust", "-N"], check=True, cwd="/"
    )
    server = subprocess.Popen(
        [*AS_POSTGRES, POSTGRES / "postgres", "-D", data, "-k", folder, "-h", "", "-F"],
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    until(lambda: subprocess.run([POSTGRES / "pg_isready", "-h", folder], check=True))
    yield f"postgres://karui@/postgres?host={folder}"
    server.terminate()
    server.wait(20)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """REDIS_URL of a server of its own."""
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.DEVNULL,
    )
    until(lambda: socket.create_connection(("127.0.0.1", port), 1).close())
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")
def production(postgres: str, redis: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of every process of the site."""
    home = tmp_path_factory.mktemp("home")
    services = {"DATABASE_URL": postgres, "REDIS_URL": redis, "KARUI_HOME": str(home), "PYTHONPATH": "platform"}
    return {**os.environ, **services}


def python(environment: dict[str, str], *arguments: str) -> str:
    """Run Python to its end and give what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_state_machine_holds_on_postgresql(production: dict[str, str]) -> None:
    tests = [str(Path("tests/platform") / name) for name in STATE_MACHINE]

    told = python(production, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)

    assert " passed" in told
    assert "skipped" not in told


HAND_IN = """
from uuid import uuid4
from accounts.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from challenges.registry import catalogue
from submissions.intake import receive
user = User.objects.create_user(f"{uuid4()}@example.com")
print(receive(user, catalogue()["int8_fashion"], SimpleUploadedFile("entry.onnx", b"\\x08 not a model"), uuid4()).pk)
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
STATE = "from submissions.models import Submission as S; s = S.objects.get(pk=%r); print(s.status, s.attempt)"


@pytest.fixture(scope="module")
def migrated(production: dict[str, str]) -> dict[str, str]:
    """With tables."""
    python(production, "manage.py", "migrate", "--verbosity", "0")
    return production


def shell(environment: dict[str, str], script: str) -> str:
    """What a script in the site's own process prints last."""
    return python(environment, "manage.py", "shell", "--no-imports", "-c", script).strip().splitlines()[-1]


def test_of_eight_workers_that_claim_at_once_one_wins(migrated: dict[str, str]) -> None:
    submission = shell(migrated, HAND_IN)

    assert shell(migrated, CLAIM_AT_ONCE % submission) == "1 1"


@pytest.mark.sandbox
def test_a_submission_travels_through_redis_and_is_graded_once_by_two_workers(migrated: dict[str, str]) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "config", "worker", "--concurrency", "1", "--hostname", name],
            cwd=ROOT,
            env=migrated,
            stderr=subprocess.DEVNULL,
        )
        for name in ("one@test", "two@test")
    ]

    submission = shell(migrated, HAND_IN)
    end = time.monotonic() + 90
    while "rejected" not in (state := shell(migrated, STATE % submission)) and time.monotonic() < end:
        time.sleep(1)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(30)

    assert state == "rejected 1"
