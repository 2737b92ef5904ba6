"""The seccomp profile of the grading containers lets the sandbox be built, and each call that it adds is needed.

What the engine's runtime would do with the profile is done by libseccomp here: no engine has loaded it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.policy.table import MACHINES
from tests.services.compose import load, services
from tests.services.containers import Container, give
from tests.services.servers import ROOT

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
DOCTOR = ["python", "-m", "grader.sandbox"]
(EVALUATION,) = (
    service for service in services(load(KARUI_ALLOWED_HOSTS="karui.test")) if service.name == "evaluation"
)
PROFILE = json.loads((ROOT / str(EVALUATION.seccomp)).read_text())
ADDED, *_ = PROFILE["syscalls"]
NOT_BY_EVERY_BUBBLEWRAP = {"unshare"}  # who may clone into namespaces gains nothing by it
NEW_NAMESPACES = 0x7E020000
ENGINE_S_CLONE = {
    "names": ["clone"],
    "action": "SCMP_ACT_ALLOW",
    "args": [{"index": 0, "value": NEW_NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}],
}
"""What engines allow of it by default: threads and processes, but no namespaces."""


@pytest.fixture
def grading(tmp_path: Path) -> Container:
    """The container of an evaluation worker, with an empty home."""
    folders = {name: tmp_path / name for name in ("home", "secrets", "tmp")}
    for folder in folders.values():
        folder.mkdir()
        give(folder, EVALUATION.told["user"])
    for name in EVALUATION.told["secrets"]:
        (folders["secrets"] / name).touch()
    return Container(EVALUATION, **folders)


def without(call: str) -> dict[str, Any]:
    """The profile with the engine's own rule in place of what ours adds for one call."""
    rules = [{**rule, "names": [name for name in rule["names"] if name != call]} for rule in PROFILE["syscalls"]]
    return {**PROFILE, "syscalls": [*rules, *([ENGINE_S_CLONE] if call == "clone" else [])]}


def test_the_sandbox_is_built_under_the_profile_by_a_user_without_rights(grading: Container) -> None:
    told = grading.run(DOCTOR)

    assert told.returncode == 0, told.stdout
    assert "backend: bwrap-user" in told.stdout


@pytest.mark.parametrize("call", [name for name in ADDED["names"] if name not in NOT_BY_EVERY_BUBBLEWRAP])
def test_no_sandbox_can_be_built_without_a_call_that_the_profile_adds(grading: Container, call: str) -> None:
    grading.profile = without(call)

    told = grading.run(DOCTOR)

    assert told.returncode == 1, told.stdout
    assert "backend: none" in told.stdout


def test_the_profile_is_for_the_machines_that_the_sandbox_has_filters_for() -> None:
    machines = {one["architecture"].removeprefix("SCMP_ARCH_").lower() for one in PROFILE["archMap"]}

    assert machines == set(MACHINES)
