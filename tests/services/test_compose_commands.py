"""Each service of ours in docker-compose.yml is run as it is told there: command, health check, rights and end."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from challenges.home import home as kept_at_set_up
from challenges.home import split_secret
from challenges.lab import lab
from tests.services.compose import ends, load, services
from tests.services.containers import Container, give
from tests.services.servers import Postgres, Redis, free_port, until

pytestmark = [pytest.mark.services, pytest.mark.sandbox, pytest.mark.slow]
COMPOSE = load(KARUI_ALLOWED_HOSTS="karui.test")
OURS = [service for service in services(COMPOSE) if service.is_ours]
USER = OURS[0].told["user"]
HAND_IN_AND_WAIT = """
import time
from uuid import uuid4
from accounts.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from challenges.registry import catalogue
from submissions.intake import receive
owner = User.objects.create_user("somebody@example.com")
row = receive(owner, catalogue()["survive_int8"], SimpleUploadedFile("entry.onnx", b"\\x08 not a model"), uuid4())
end = time.monotonic() + 60
while not row.finished_at and time.monotonic() < end:
    time.sleep(0.2)
    row.refresh_from_db()
print(row.status)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The volume, with what set-up measured on this machine, so that the test need not."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("datasets", "baselines", "devices"):
        with suppress(FileNotFoundError):
            shutil.copytree(kept_at_set_up() / name, folder / name)
    (folder / "split-secret").write_bytes(split_secret())
    return give(folder, USER)


@pytest.fixture
def secrets(tmp_path: Path, postgres: Postgres) -> Path:
    """The folder as the header of the file says, written with an editor that ends a file with a new line."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in COMPOSE["secrets"]:
        (folder / name).write_text(f"{postgres.url}\n" if name == "database_url" else "")
        (folder / name).chmod(0o644)
    return folder


@pytest.fixture
def containers(
    home: Path, secrets: Path, postgres: Postgres, redis: Redis, tmp_path: Path
) -> Iterator[dict[str, Container]]:
    """One for each service of ours, in the order of their start. This machine's ports may be taken by others."""
    postgres.folder.chmod(0o711)
    replaced = {"redis:6379": f"127.0.0.1:{redis.port}", "8000": str(free_port())}
    made = {}
    for service in OURS:
        tmp = tmp_path / f"tmp-{service.name}"
        tmp.mkdir()
        made[service.name] = Container(service, home, secrets, give(tmp, USER), replaced, [postgres.folder])
    if not lab().is_whole:
        del made["lab"]  # it would say so and end with 1, and nothing waits for it
    made["prepare"].added = ["--data"]  # measuring all baselines takes minutes, and is tested in tests/challenges
    yield made
    for container in made.values():
        container.send(signal.SIGKILL)
    for container in made.values():
        if container.process:
            container.end()


def start(containers: Iterable[Container], logs: Path) -> None:
    """Start their services at once."""
    for container in containers:
        container.start(logs / f"{container.service.name}.log")


def test_the_services_start_are_well_grade_and_end_in_peace(containers: dict[str, Container], tmp_path: Path) -> None:
    once = [container for name, container in containers.items() if name in ends(COMPOSE)]
    staying = {name: container for name, container in containers.items() if name not in ends(COMPOSE)}
    web, evaluation = containers["web"], containers["evaluation"]

    start(once, tmp_path)
    for container in once:
        assert container.end() == 0, (tmp_path / f"{container.service.name}.log").read_text()
    start(staying.values(), tmp_path)
    for container in sorted(staying.values(), key=lambda each: each is web):  # whose check costs most
        until(container.check_health, within_s=120, every_s=1)

    with urlopen(f"http://127.0.0.1:{web.replaced['8000']}/readyz") as answer:
        assert set(json.load(answer).values()) == {"ok"}
    graded = web.run(["python", "manage.py", "shell", "--no-imports", "-c", HAND_IN_AND_WAIT])
    assert graded.stdout.strip().splitlines()[-1:] == ["rejected"], graded.stdout

    for container in staying.values():
        container.send(signal.SIGTERM)
    # uvicorn ends what it has and then lets the signal have its way
    ended = {name: container.end() for name, container in staying.items()}
    assert ended == {"web": 128 + signal.SIGTERM, "evaluation": 0, "timing": 0, "upkeep": 0}

    minutes_ago = time.time() - 121
    os.utime(evaluation.tmp / "alive", (minutes_ago, minutes_ago))
    assert evaluation.run(evaluation.service.health_check).returncode != 0
