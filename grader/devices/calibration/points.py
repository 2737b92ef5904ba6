"""What the fit rests on: published timings and counted inferences of the same networks, both kept as data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from grader.devices.calibration.fit import Floats

EVENTS = ("instructions", "level-1 misses", "level-2 misses")
STORED = Path(str(files(__package__))) / "counts.toml"

Counted = Mapping[str, tuple[int, int, int]]
"""Network -> EVENTS of one inference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Timings of one board in milliseconds by network, their clock, and the section of the source where they stand."""

    section: str
    clock_ghz: float
    least_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Versions of what was counted and of what counted. counter: the first digits of the SHA-256 of count.c."""

    ncnn: str
    qemu: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Counted inferences, by device and network."""

    tools: Tools
    counts: Mapping[str, Counted]

    @classmethod
    def read(cls, path: Path) -> "Measured":
        """Raises OSError, msgspec.ValidationError."""
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), cls)

    def write(self, path: Path) -> None:
        """Write what `read` reads."""
        lines = ["# Written by: python -m grader.devices.calibration --measure FOLDER", "", "[tools]"]
        lines += [f'{name} = "{version}"' for name, version in msgspec.to_builtins(self.tools).items()]
        for device, counted in self.counts.items():
            lines += ["", f"[counts.{device}] # {', '.join(EVENTS)} of one inference"]
            lines += [f'"{network}" = [{", ".join(f"{count:_}" for count in row)}]' for network, row in counted.items()]
        path.write_text("\n".join([*lines, ""]), "utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The networks of one board that were both published and counted, in the order of the publication."""

    networks: tuple[str, ...]
    published_ms: Floats
    clock_ghz: float
    counts: Floats

    @property
    def cycles(self) -> Floats:
        """What the published times are in cycles of the processor."""
        return self.published_ms * self.clock_ghz * 1e6

    @classmethod
    def of(cls, published: Published, counted: Counted) -> "Points":
        """Bring the two together by the networks' names."""
        networks = tuple(network for network in published.least_ms if network in counted)
        return cls(
            networks=networks,
            published_ms=np.array([published.least_ms[network] for network in networks]),
            clock_ghz=published.clock_ghz,
            counts=np.array([counted[network] for network in networks], dtype=np.float64),
        )


def published() -> Mapping[str, Published]:
    """Every board with published timings, by the device's name in targets.toml."""
    tables = tomllib.loads((files(__package__) / "published.toml").read_text("utf-8"))
    return msgspec.convert(tables, dict[str, Published])
