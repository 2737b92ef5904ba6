"""What docker-compose.yml promises: by the published schema, and what no schema can say."""

import re
import subprocess
import sys

import pytest

from tests.services.compose import FILE, Service, ends, load, services
from tests.services.servers import ROOT

COMPOSE = load(KARUI_ALLOWED_HOSTS="karui.test")
SERVICES = services(COMPOSE)
OURS = [service for service in SERVICES if service.is_ours]
GRADING = [service for service in OURS if service.name in ("prepare", "evaluation", "timing")]


def named(services: list[Service]) -> pytest.MarkDecorator:
    """A test for each of these."""
    return pytest.mark.parametrize("service", services, ids=[service.name for service in services])


def test_it_is_what_the_published_schema_allows() -> None:
    # check-jsonschema brings the schema of compose-spec with it
    told = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", FILE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr


@named([service for service in SERVICES if service.name not in ends(COMPOSE)])
def test_a_service_that_stays_is_asked_for_its_health(service: Service) -> None:
    assert service.health_check
    assert service.told["restart"] == "unless-stopped"


@named([service for service in SERVICES if service.name in ends(COMPOSE)])
def test_a_service_that_runs_once_is_not_started_again(service: Service) -> None:
    assert service.told["restart"] == "no"


@named(OURS)
def test_ours_run_as_an_ordinary_user_without_rights_and_write_nowhere_else(service: Service) -> None:
    assert not service.told["user"].startswith(("0", "root"))
    assert service.told["cap_drop"] == ["ALL"]
    assert "cap_add" not in service.told
    assert "privileged" not in service.told
    assert service.told["read_only"] is True
    assert service.told["tmpfs"] == ["/tmp"]


@named(SERVICES)
def test_nobody_can_gain_rights(service: Service) -> None:
    assert "no-new-privileges=true" in service.told["security_opt"]


@named(OURS)
def test_only_who_grades_has_another_seccomp_profile(service: Service) -> None:
    assert bool(service.seccomp) == (service in GRADING)
    assert service.seccomp is None or (ROOT / service.seccomp).is_file()


@named([service for service in SERVICES if "secrets" in service.told])
def test_secrets_are_files_which_exist_for_compose_and_are_where_the_service_looks(service: Service) -> None:
    looked_for = set(re.findall(r"/run/secrets/(\w+)", str(service.told)))

    assert looked_for == set(service.told["secrets"])
    assert looked_for <= set(COMPOSE["secrets"])


def test_secrets_lie_in_a_folder_that_git_does_not_see() -> None:
    assert all(secret["file"].startswith("secrets/") for secret in COMPOSE["secrets"].values())
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_a_worker_may_finish_what_it_has() -> None:
    workers = [service for service in OURS if "worker" in service.command]

    assert len(workers) == 3
    assert {service.told["stop_grace_period"] for service in workers} == {"16m"}  # KARUI_RUNNING_LIMIT_MIN is 15


def test_every_variable_and_every_secret_is_explained() -> None:
    text, readme = FILE.read_text(), (ROOT / "README.md").read_text()
    header = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    operators = (ROOT / "platform" / "OPERATORS.md").read_text()
    settings = {name for service in OURS for name in service.told["environment"]} - {
        "PYTHONPATH",
        "ORT_DISABLE_TELEMETRY",
    }
    explained = set(re.findall(r"`(\w+)`", readme))

    assert set(re.findall(r"\$\{(\w+)", text)) - set(re.findall(r"\w+", header)) == set()
    assert {name for name in settings if not {name, name.removesuffix("_FILE")} & explained} == set()
    assert set(COMPOSE["secrets"]) - set(re.findall(r"\w+", header + operators)) == set()
