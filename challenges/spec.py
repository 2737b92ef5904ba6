"""What challenge.toml says, parsed once into frozen values. A file with a mistake is refused by name."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from challenges.datasets import DATASETS
from challenges.machine import MachineClass, machine_class
from grader.challenge import PtqRecipe, Rules, Target, Targets, TensorSpec
from grader.errors import ChallengeBroken

Language = Literal["ja", "en"]
Track = Literal["closed", "open"]
KIB = 1024
BRIEFS = {"ja": "brief.ja.md", "en": "brief.en.md"}
REQUIRED = ("baseline.onnx", *BRIEFS.values())


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
    size_band: float | None = None

    def rules(self) -> Rules:
        """As the grader has them."""
        return Rules(
            input=self.input.spec(),
            output=self.output.spec(),
            formats=self.formats,
            max_bytes=self.max_bytes,
            weights=self.weights,
            size_band=self.size_band,
        )


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


class TargetsTable(Table, frozen=True, kw_only=True):
    """See grader.challenge.Targets."""

    max_drop: float
    size: TargetTable | None = None
    memory: TargetTable | None = None
    latency: LatencyTable | None = None

    def targets(self, machine: MachineClass) -> Targets:
        """Resolved for one class of machine."""
        return Targets(
            max_drop=self.max_drop,
            size=None if self.size is None else self.size.target(machine),
            memory=None if self.memory is None else self.memory.target(machine),
            latency=None if self.latency is None else self.latency.target(machine),
        )


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
    recipe: RecipeTable | None = None

    def __post_init__(self) -> None:
        given = [item for item in (self.targets.size, self.targets.memory, self.targets.latency) if item]
        if not math.isclose(sum(item.weight for item in given), 1):
            raise ValueError("the weights of the targets do not sum to 1")
        if self.targets.latency and set(self.targets.latency.par) != set(MachineClass):
            raise ValueError(f"targets.latency.par must name exactly: {', '.join(MachineClass)}")
        if self.dataset not in DATASETS:
            raise ValueError(f"no data set is called {self.dataset!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeSpec:
    """One challenge, as its folder describes it. `targets` hold this machine's pars, `latency_pars` every machine's."""

    id: str
    version: int
    track: Track
    dataset: str
    skills: tuple[str, ...]
    minutes: int
    title: Bilingual
    summary: Bilingual
    rules: Rules
    targets: Targets
    latency_pars: Mapping[MachineClass, float]
    recipe: PtqRecipe | None
    folder: Path

    @property
    def baseline_path(self) -> Path:
        """The model to start from, which is also the reference of every measurement."""
        return self.folder / "baseline.onnx"

    def references(self) -> Mapping[str, bytes]:
        """The baseline in every other format that the challenge accepts."""
        return {name: (self.folder / f"baseline.{name}").read_bytes() for name in self.rules.formats if name != "onnx"}

    def brief(self, language: str) -> str:
        """The task as Markdown, with this challenge's figures filled in. Raises KeyError for an unknown language."""
        return (self.folder / BRIEFS[language]).read_text("utf-8").format_map(self.figures())

    def given_targets(self) -> Mapping[str, Target]:
        """The targets that this challenge has, by name."""
        targets = {"size": self.targets.size, "memory": self.targets.memory, "latency": self.targets.latency}
        return {name: target for name, target in targets.items() if target is not None}

    def figures(self) -> Mapping[str, str]:
        """What a text may refer to as {name}, ready to be read: `size_par`, `latency_par_avx2`, `max_drop` and so on.

        A target that the challenge does not have gives no figure.
        """
        targets = self.given_targets()
        weights = {f"{name}_weight": f"{100 * target.weight:g}" for name, target in targets.items()}
        bytes_pars = {f"{name}_par": f"{target.par / KIB:.0f} KiB" for name, target in targets.items()}
        latency_pars = {f"latency_par_{machine}": f"{par:g}" for machine, par in self.latency_pars.items()}
        return {
            "max_drop": f"{100 * self.targets.max_drop:g}",
            "minutes": str(self.minutes),
            "onnxruntime": version("onnxruntime"),
            **weights,
            **bytes_pars,
            **latency_pars,
            **({"size_band": f"{100 * self.rules.size_band:g}"} if self.rules.size_band else {}),
            **({"calibration_items": str(self.recipe.calibration_items)} if self.recipe else {}),
        }


def read_spec(folder: Path, machine: MachineClass | None = None) -> ChallengeSpec:
    """Parse one challenge folder. Raises ChallengeBroken naming the file and what is wrong in it."""
    path = folder / "challenge.toml"
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), ChallengeFile)
        spec = _spec(file, folder, machine or machine_class())
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ChallengeBroken("challenge_invalid", file=_shown(path), reason=str(error)) from error
    for name in (*REQUIRED, *(f"baseline.{name}" for name in spec.rules.formats)):
        if not (folder / name).is_file():
            raise ChallengeBroken("challenge_incomplete", challenge=spec.id, file=name)
    _refuse_unfilled(spec)
    return spec


def _spec(file: ChallengeFile, folder: Path, machine: MachineClass) -> ChallengeSpec:
    return ChallengeSpec(
        id=folder.name,
        version=file.version,
        track=file.track,
        dataset=file.dataset,
        skills=file.skills,
        minutes=file.minutes,
        title=file.title,
        summary=file.summary,
        rules=file.rules.rules(),
        targets=file.targets.targets(machine),
        latency_pars=file.targets.latency.par if file.targets.latency else {},
        recipe=None if file.recipe is None else file.recipe.recipe(),
        folder=folder,
    )


def _refuse_unfilled(spec: ChallengeSpec) -> None:
    """A brief may only ask for figures that this challenge has."""
    for language, name in BRIEFS.items():
        try:
            spec.brief(language)
        except (KeyError, ValueError, IndexError) as error:
            reason = f"no figure for the gap {error}"
            raise ChallengeBroken("challenge_invalid", file=_shown(spec.folder / name), reason=reason) from error


def _shown(path: Path) -> str:
    """Folder and file: enough to find it, nothing about this machine."""
    return f"{path.parent.name}/{path.name}"
