"""Workers with a simulated grader, and people who hand in."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.services.servers import ROOT

HAND_IN = """
import sys, time
from uuid import UUID, uuid4
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection
from accounts.models import User
from challenges.registry import catalogue
from submissions.intake import receive
people, each, first = {people}, {each}, {first}

def insist(step):
    # as somebody does whose browser lost the connection: the same again
    while True:
        try:
            return step()
        except (Error, OSError):
            connection.close()
            time.sleep(0.2)

def person(number):
    return User.objects.get_or_create(email=f"{{first + number}}@example.com")[0]

owners = [insist(lambda: person(number)) for number in range(people)]
for turn in range(each):
    for number, owner in enumerate(owners):
        data = b"\\x08\\x08 entry %d of %d" % (turn, number)
        key = UUID(int=first + turn * people + number)
        insist(lambda: receive(owner, catalogue()["int8_fashion"], SimpleUploadedFile("entry.onnx", data), key))
"""


def hand_in(environment: dict[str, str], people: int, each: int, first: int = 0) -> "subprocess.Popen[bytes]":
    """People who hand in, one after the other, and try again where the site is away. first: the number of the first."""
    script = HAND_IN.format(people=people, each=each, first=first)
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", script],
        cwd=ROOT,
        env=environment | {"KARUI_LOG_LEVEL": "CRITICAL"},
    )


def rows(environment: dict[str, str]) -> list[dict[str, Any]]:
    """Every submission, as the database has it: asked without the site, whose start takes seconds."""
    with psycopg.connect(environment["DATABASE_URL"], row_factory=dict_row) as database:
        return database.execute("SELECT * FROM submissions_submission ORDER BY queued_at").fetchall()


@dataclass
class SimulatedWorker:
    """One Celery worker with one process, whose log is kept through all its lives."""

    name: str
    environment: dict[str, str]
    folder: Path
    arguments: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def log(self) -> Path:
        """What it has written."""
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Begin a life."""
        with self.log.open("ab") as log:
            worker = "-m celery --app tests.services.simulated worker --concurrency 1 --hostname".split()
            self.process = subprocess.Popen(
                [sys.executable, *worker, f"{self.name}@test", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9, with all its children, as if the machine had lost its power."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to finish what it has; gives its exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def finished(self) -> list[str]:
        """The submissions of which it has stored a report."""
        return [entry["submission"] for entry in self.told("finished")]

    def told(self, event: str) -> list[dict[str, Any]]:
        """What it has written about one kind of event."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [entry for line in lines if (entry := json.loads(line))["event"] == event]
