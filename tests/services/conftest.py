"""The site on PostgreSQL and Redis."""

import os
from collections.abc import Iterator

import pytest

from tests.services.servers import Postgres, Redis, python


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A database of the module's own."""
    server = Postgres()
    server.create()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A queue of the module's own."""
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def production(postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of every process of the site."""
    home = tmp_path_factory.mktemp("home")
    services = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "KARUI_HOME": str(home), "PYTHONPATH": "platform"}
    return {**os.environ, **services, "CELERY_SKIP_CHECKS": "1"}  # `./run check` has made them


@pytest.fixture(scope="module")
def migrated(production: dict[str, str]) -> dict[str, str]:
    """With tables."""
    python(production, "manage.py", "migrate", "--skip-checks", "--verbosity", "0")
    return production
