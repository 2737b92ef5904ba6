"""docker-compose.yml as Compose reads it: anchors merged, variables filled in, services in the order of their start."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import yaml

from tests.services.servers import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<how>[?-])(?P<default>[^}]*))?\}")


def fill_in(told: Any, given: Mapping[str, str]) -> Any:
    """Replace `${NAME}`, `${NAME:-default}` and `${NAME:?}`, and `$$` by `$`. Raises KeyError for what is needed."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return given.get(found["name"]) or (found["default"] if found["how"] == "-" else given[found["name"]])

    if isinstance(told, dict):
        return {key: fill_in(each, given) for key, each in told.items()}
    if isinstance(told, list):
        return [fill_in(each, given) for each in told]
    return VARIABLE.sub(value, told) if isinstance(told, str) else told


def load(**given: str) -> dict[str, Any]:
    """The file, with these variables in .env."""
    read: dict[str, Any] = fill_in(yaml.safe_load(FILE.read_text()), given)
    return read


@dataclass(frozen=True)
class Service:
    """One service of the file."""

    name: str
    told: dict[str, Any]

    @property
    def is_ours(self) -> bool:
        """Built from this repository."""
        return "build" in self.told

    @property
    def command(self) -> list[str]:
        """What its container runs."""
        return shlex.split(self.told["command"])

    @property
    def health_check(self) -> list[str]:
        """What the engine runs in its container to see that it is well."""
        kind, *words = self.told["healthcheck"]["test"]
        return ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words

    @property
    def seccomp(self) -> str | None:
        """The profile that it runs under, if it is not the engine's own."""
        kinds = dict(option.partition("=")[::2] for option in self.told["security_opt"])
        return kinds.get("seccomp")


def services(told: Mapping[str, Any]) -> list[Service]:
    """All of them, none before what it waits for."""
    waits_for = {name: service.get("depends_on", {}) for name, service in told["services"].items()}
    return [Service(name, told["services"][name]) for name in TopologicalSorter(waits_for).static_order()]


def ends(told: Mapping[str, Any]) -> set[str]:
    """The services that run once and are not started again."""
    return {name for name, service in told["services"].items() if service.get("restart") == "no"}
