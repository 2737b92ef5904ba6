"""Containers without an engine, made of bubblewrap as docker-compose.yml describes them.

As there: a root that is read-only, a user without capabilities who cannot get any, an own /tmp, home and secrets in
their places, and the seccomp profile that the file names. Not as there: the image (this machine's /usr and Python
stand for it), the engine's own profile, PID 1 and the network.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.services.compose import Service
from tests.services.engine_profile import compiled
from tests.services.servers import ROOT

CODE = "/srv/karui"
IS_ROOT = os.geteuid() == 0
RIGHTS_TO_SWITCH = [word for to in ("SETUID", "SETGID", "SETPCAP") for word in ("--cap-add", f"CAP_{to}") if IS_ROOT]
"""From root to the file's user."""


def give(path: Path, user: str) -> Path:
    """Make somebody the owner of a folder and all that is in it, where we may. user: as in the file, "1000:1000"."""
    if IS_ROOT:
        owner, group = map(int, user.split(":"))
        for each in (path, *path.rglob("*")):
            os.chown(each, owner, group)
    return path


def above(places: Iterable[str]) -> list[str]:
    """Options that make the folders in which these are mounted: by itself bubblewrap would make them for root alone."""
    folders = sorted({str(parent) for path in places for parent in Path(path).parents[:-1]})
    return [word for path in folders for word in ("--perms", "0755", "--dir", path)]


def binds(how: str, sources: Mapping[str, str]) -> list[str]:
    """Options that mount each source in its place."""
    return [word for path, source in sources.items() for word in (how, source, path)]


@dataclass
class Container:
    """One service's container. replaced: what must be other than in the file, because many share this machine.

    added: words after the service's own command.
    """

    service: Service
    home: Path
    secrets: Path
    tmp: Path
    replaced: dict[str, str] = field(default_factory=dict)
    visible: list[Path] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    profile: dict[str, Any] | None = None
    process: "subprocess.Popen[str] | None" = None
    pid: int = 0

    def __post_init__(self) -> None:
        """Read the seccomp profile that the file names."""
        if self.service.seccomp:
            self.profile = json.loads((ROOT / self.service.seccomp).read_text())

    def run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command in it to its end."""
        process, _ = self._open(command, subprocess.PIPE)
        output, _ = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, output)

    def start(self, log: Path) -> None:
        """Start its service."""
        with log.open("w") as output:
            self.process, self.pid = self._open([*self.service.command, *self.added], output)

    def check_health(self) -> None:
        """Ask the service's own health check. Raises CalledProcessError."""
        assert self.process
        assert self.process.poll() is None, f"{self.service.name} has ended"
        self.run(self.service.health_check).check_returncode()

    def send(self, what: signal.Signals) -> None:
        """Send its service a signal, if it still runs."""
        if self.process and self.process.poll() is None:
            os.kill(self.pid, what)

    def end(self) -> int:
        """Wait for the end of its service; gives the exit code."""
        assert self.process
        return self.process.wait(120)

    def _open(self, command: list[str], output: int | IO[str]) -> "tuple[subprocess.Popen[str], int]":
        """Start a command in it, and give its process number: the process that is ours only waits for that one."""
        told, tell = os.pipe()
        with compiled(self.profile) if self.profile else nullcontext() as rules, os.fdopen(told) as answer:
            options = ["--info-fd", str(tell), *(["--seccomp", str(rules.fileno())] if rules else [])]
            inside = [*self._user(), *map(self._replace, command)]
            process = subprocess.Popen(
                ["bwrap", *options, *RIGHTS_TO_SWITCH, *self._root(), "--", *inside],
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[tell, *([rules.fileno()] if rules else [])],
                text=True,
            )
            os.close(tell)
            return process, json.load(answer)["child-pid"]

    def _environment(self) -> dict[str, str]:
        """As the file has it; PATH and HOME are the image's."""
        told = {name: self._replace(value) for name, value in self.service.told["environment"].items()}
        return {**told, "PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": "/home/karui"}

    def _root(self) -> list[str]:
        """What it sees. The code stands where the image has it."""
        links = [word for name in ("bin", "lib", "lib64", "sbin") for word in ("--symlink", f"usr/{name}", f"/{name}")]
        shown = {path: path for path in ("/usr", "/etc", "/sys", sys.base_prefix, sys.prefix)}
        shown |= {CODE: str(ROOT)}
        shown |= {f"/run/secrets/{name}": str(self.secrets / name) for name in self.service.told["secrets"]}
        written = dict.fromkeys(self.service.told["tmpfs"], str(self.tmp)) | {"/var/lib/karui": str(self.home)}
        written |= {str(path): str(path) for path in self.visible}
        # What is written first, because it has /tmp, which would hide a clone that lies there
        mounts = [*above(written), *binds("--bind", written), *above(shown), *binds("--ro-bind", shown)]
        machine = ["--dev", "/dev", "--dev-bind", "/dev/shm", "/dev/shm", "--proc", "/proc"]
        name = ["--unshare-uts", "--hostname", self.service.name, "--chdir", CODE]
        return [*links, *mounts, *machine, *name, "--remount-ro", "/"]

    def _user(self) -> list[str]:
        """Who it runs as, without capabilities: bubblewrap itself takes those of whoever is not root."""
        if not IS_ROOT:
            return []
        user, group = self.service.told["user"].split(":")
        none = [f"--{kind}=-all" for kind in ("bounding-set", "inh-caps", "ambient-caps")]
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", *none, "--"]

    def _replace(self, text: str) -> str:
        for said, meant in self.replaced.items():
            text = text.replace(said, meant)
        return text
