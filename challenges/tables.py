"""What challenge.toml may say: its tables, as they are parsed. A key that is not here is refused by name."""

import math
from collections.abc import Iterator
from typing import Literal

import msgspec

from challenges.datasets import DATASETS
from challenges.machine import MachineClass
from grader.challenge import Gold, PtqRecipe, Rules, Target, Targets, TensorSpec
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
    """The target for latency, with a par for each class of machine."""

    par: dict[MachineClass, float]
    weight: float

    def target(self, machine: MachineClass) -> Target:
        """As the grader has it, for one class of machine."""
        return Target(par=self.par[machine], weight=self.weight)


class GoldTable(Table, frozen=True, kw_only=True):
    """See grader.challenge.Gold; latency for each class of machine."""

    max_drop: float
    size: int | None = None
    memory: int | None = None
    latency: dict[MachineClass, float] | None = None

    def gold(self, machine: MachineClass) -> Gold:
        """As the grader has it, for one class of machine."""
        latency = None if self.latency is None else self.latency[machine]
        return Gold(max_drop=self.max_drop, size=self.size, memory=self.memory, latency=latency)


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
            if set(pars) != set(MachineClass):
                raise ValueError(f"{name} must name exactly: {', '.join(MachineClass)}")
        if self.metric not in METRICS:
            raise ValueError(f"no metric is called {self.metric!r}")
        if self.dataset not in DATASETS:
            raise ValueError(f"no data set is called {self.dataset!r}")

    def _latencies(self) -> Iterator[tuple[str, dict[MachineClass, float]]]:
        if self.targets.latency:
            yield "targets.latency.par", self.targets.latency.par
        if self.gold and self.gold.latency:
            yield "gold.latency", self.gold.latency
