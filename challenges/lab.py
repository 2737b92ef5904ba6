"""Where this machine keeps its device lab."""

from challenges.home import home
from grader.devices.lab import Lab


def lab() -> Lab:
    """The lab of this machine, whole or not: `./run devices` makes it."""
    return Lab(home() / "devices")
