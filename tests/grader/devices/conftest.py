"""The lab and the cage that these tests run programs of devices in."""

import os

import pytest

from challenges.home import home
from grader.devices.lab import Lab
from grader.sandbox.base import Sandbox
from grader.sandbox.bubblewrap import BubblewrapSandbox, Privilege
from grader.sandbox.cgroups import find_tree
from grader.sandbox.probe import probe

PRIVILEGE = Privilege.ROOT if os.geteuid() == 0 else Privilege.USER


@pytest.fixture(scope="session")
def lab() -> Lab:
    """This machine's device lab; the tests are skipped, saying so, where there is none."""
    found = Lab(home() / "devices")
    if not found.is_whole:
        pytest.skip("the device lab is absent: ./run devices")
    return found


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """This machine's sandbox; the tests are skipped, saying what is missing, where there is none."""
    capability = probe()
    if capability.backend == "none":
        pytest.skip(f"no sandbox here: {[missing.code for missing in capability.missing]}")
    return BubblewrapSandbox(PRIVILEGE, find_tree())
