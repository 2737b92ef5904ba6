"""A PostgreSQL and a Redis of the tests' own, from Debian's packages, that can be stopped hard and started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path("/usr/lib/postgresql"))
START_S = 30
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
"""PostgreSQL refuses to run as root."""


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(answers: Callable[[], object], within_s: float = START_S, every_s: float = 0.1) -> None:
    """Wait for a service. Raises TimeoutError."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with suppress(OSError, subprocess.CalledProcessError):
            answers()
            return
        time.sleep(every_s)
    raise TimeoutError


@dataclass
class Postgres:
    """A cluster behind a socket in its folder. A socket's path may have 107 characters, pytest's are longer."""

    folder: Path = field(default_factory=lambda: Path("/tmp") / f"karui-pg-{os.getpid()}")
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """DATABASE_URL."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """DATABASE_URL of one of its databases."""
        return f"postgres://karui@/{database}?host={self.folder}"

    def create(self) -> None:
        """Make the cluster."""
        self.folder.mkdir(mode=0o700)
        if AS_POSTGRES:
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        subprocess.run(
            [*AS_POSTGRES, BIN / "initdb", "-D", data, "-U", "karui", "-A", "trust", "-N"], check=True, cwd="/"
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        data = self.folder / "data"
        self.process = subprocess.Popen(
            [*AS_POSTGRES, BIN / "postgres", "-D", data, "-k", self.folder, "-h", "", "-F"],
            cwd="/",
            stderr=subprocess.DEVNULL,
        )
        until(lambda: subprocess.run([BIN / "pg_isready", "-q", "-h", self.folder], check=True))

    def restart(self) -> None:
        """As after a crash: every connection is cut, nothing is written in peace."""
        self.stop(signal.SIGQUIT)
        self.start()

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it."""
        assert self.process
        self.process.send_signal(how)
        self.process.wait(20)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)


@dataclass
class Redis:
    """A server that keeps nothing on disk: whoever restarts it has lost the queue."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close())

    def restart(self) -> None:
        """kill -9, and a new one without what the old one knew."""
        self.stop(signal.SIGKILL)
        self.start()

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it."""
        assert self.process
        self.process.send_signal(how)
        self.process.wait(20)


def python(environment: dict[str, str], *arguments: str) -> str:
    """Run Python to its end and give what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
