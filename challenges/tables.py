"""What challenge.toml may say: its tables, as they are parsed. A key that is not here is refused by name."""

import math
from collections.abc import Iterator
from typing import Literal

import msgspec

from challenges.datasets import DATASETS
from challenges.machine import MachineClass
from grader.challenge import Gold, PtqRecipe, Rules, Target, Targets, TensorSpec
from grader.devices.targets import BOARDS
from grader.measure.metric import METRICS
from grader.report import Result

Track = Literal["closed", "open"]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; a key that we do not know is an error, not a wish."""


class Bilingual(Table, frozen=True, kw_only=True):
    """One text in both languages."""

    ja: str
    en: str

    def __getitem__(self, language: str) -> str:
        return {"ja": self.ja, "en": self.en}[language]


class TensorTable(Table, frozen=True, kw_only=True):
    """An input or output of the model; "batch" stands where the batch goes."""

    dtype: str
    shape: tuple[int | Literal["batch"], ...]

    def spec(self) -> TensorSpec:
        """As the grader has it."""
        return TensorSpec(dtype=self.dtype, shape=tuple(None if size == "batch" else size for size in self.shape))


class RulesTable(Table, frozen=True, kw_only=True):
    """See grader.challenge.Rules."""

    input: TensorTable
    output: TensorTable
    formats: tuple[str, ...] = ("onnx",)
    max_bytes: int
    weights: Literal["any", "float", "baseline"]
    topology: Literal["any", "baseline"] = "any"
    size_band: float | None = None
    max_parameters: int | None = None
    max_macs: int | None = None
    max_memory_bytes: int | None = None
    min_int8_macs: float | None = None
    max_latency: float | None = None

    def rules(self) -> Rules:
        """As the grader has them."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return Rules(**given | {"input": self.input.spec(), "output": self.output.spec()})


class RecipeTable(Table, frozen=True, kw_only=True):
    """See grader.challenge.PtqRecipe. Every field is given, so that the card can show it."""

    calibration_items: int
    calibrate: Literal["minmax", "entropy", "percentile"]
    per_channel: bool
    reduce_range: bool

    def recipe(self) -> PtqRecipe:
        """As the grader has it."""
        return PtqRecipe(**msgspec.structs.asdict(self))


class TargetTable(Table, frozen=True, kw_only=True):
    """A target in bytes."""

    par: int
    weight: float

    def target(self, machine: MachineClass) -> Target:
        """As the grader has it; bytes are the same on every machine."""
        return Target(par=self.par, weight=self.weight)


class LatencyTable(Table, frozen=True, kw_only=True):
    """The target for latency: a par for each class of machine, or one for a device.

    native: for formats that no device runs, the pars of what is measured for them.
    """

    par: float | dict[MachineClass, float]
    weight: float
    device: str = ""
    native: dict[MachineClass, float] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.par, dict) == bool(self.device):
            raise ValueError("targets.latency.par is one figure for a device, and otherwise one for each class of CPU")
        if self.native is not None and not self.device:
            raise ValueError("targets.latency.native stands beside a device")
        if self.device and self.device not in BOARDS:
            raise ValueError(f"latency is estimated on none but {', '.join(BOARDS)}, not on {self.device!r}")

    @property
    def by_machine(self) -> dict[MachineClass, float]:
        """What is asked of a measurement, by class of machine; nothing where all is estimated."""
        return self.par if isinstance(self.par, dict) else self.native or {}

    def target(self, machine: MachineClass) -> Target:
        """As the grader has it, for one class of machine."""
        if isinstance(self.par, dict):
            return Target(par=self.par[machine], weight=self.weight)
        native = self.by_machine.get(machine)
        return Target(par=self.par, weight=self.weight, device=self.device, native=native)


class GoldTable(Table, frozen=True, kw_only=True):
    """See grader.challenge.Gold; latency and native as in `LatencyTable`."""

    max_drop: float
    size: int | None = None
    memory: int | None = None
    latency: float | dict[MachineClass, float] | None = None
    native: dict[MachineClass, float] | None = None

    @property
    def by_machine(self) -> dict[MachineClass, float]:
        """What is asked of a measurement, by class of machine."""
        return self.latency if isinstance(self.latency, dict) else self.native or {}

    def gold(self, machine: MachineClass) -> Gold:
        """As the grader has it, for one class of machine."""
        measured = self.by_machine.get(machine)
        return Gold(
            max_drop=self.max_drop,
            size=self.size,
            memory=self.memory,
            latency=measured if isinstance(self.latency, dict) else self.latency,
            native_latency=self.native[machine] if self.native else None,
        )


class TargetsTable(Table, frozen=True, kw_only=True):
    """See grader.challenge.Targets."""

    max_drop: float
    size: TargetTable | None = None
    memory: TargetTable | None = None
    latency: LatencyTable | None = None

    def targets(self, machine: MachineClass, gold: GoldTable | None) -> Targets:
        """Resolved for one class of machine."""
        return Targets(
            gold=None if gold is None else gold.gold(machine),
            max_drop=self.max_drop,
            size=None if self.size is None else self.size.target(machine),
            memory=None if self.memory is None else self.memory.target(machine),
            latency=None if self.latency is None else self.latency.target(machine),
        )


class StarterTable(Table, frozen=True, kw_only=True):
    """Which script of the starter kit writes a first entry, and what that entry is told.

    extra: files of challenges/kit/extra that this kit needs besides those of every kit.
    """

    script: str
    result: Result
    extra: tuple[str, ...] = ()


class ChallengeFile(Table, frozen=True, kw_only=True):
    """The whole of challenge.toml."""

    version: int
    track: Track
    dataset: str
    skills: tuple[str, ...]
    minutes: int
    title: Bilingual
    summary: Bilingual
    rules: RulesTable
    targets: TargetsTable
    starter: StarterTable
    gold: GoldTable | None = None
    recipe: RecipeTable | None = None
    metric: str = "accuracy"

    def __post_init__(self) -> None:
        given = [item for item in (self.targets.size, self.targets.memory, self.targets.latency) if item]
        if not math.isclose(sum(item.weight for item in given), 1):
            raise ValueError("the weights of the targets do not sum to 1")
        for name, pars in self._latencies():
            if pars and set(pars) != set(MachineClass):
                raise ValueError(f"{name} must name exactly: {', '.join(MachineClass)}")
        self._check_devices()
        if self.metric not in METRICS:
            raise ValueError(f"no metric is called {self.metric!r}")
        if self.dataset not in DATASETS:
            raise ValueError(f"no data set is called {self.dataset!r}")

    def _latencies(self) -> Iterator[tuple[str, dict[MachineClass, float]]]:
        """Whatever is given for each class of machine, by what it is called in the file."""
        if latency := self.targets.latency:
            yield "targets.latency.native" if latency.device else "targets.latency.par", latency.by_machine
        if self.gold:
            yield "gold.native" if self.gold.native else "gold.latency", self.gold.by_machine

    def _check_devices(self) -> None:
        """What a device cannot run is measured, and gold asks for figures of the kind that the target asks for."""
        latency, gold = self.targets.latency, self.gold
        if latency and latency.device and (latency.native is None) != (self.rules.formats == ("onnx",)):
            raise ValueError("targets.latency.native is for formats besides onnx, which no device runs")
        device = latency.device if latency else ""
        if gold and gold.latency is not None and isinstance(gold.latency, dict) == bool(device):
            raise ValueError("gold.latency is a figure of what targets.latency names")
        if gold and gold.native and not device:
            raise ValueError("gold.native stands beside a device")
