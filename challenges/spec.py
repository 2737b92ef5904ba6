"""One challenge as its folder describes it, read once into frozen values. A file with a mistake is refused by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from challenges.figures import figures
from challenges.lessons import Lessons, read_lessons
from challenges.machine import MachineClass, machine_class
from challenges.tables import Bilingual, ChallengeFile, StarterTable, Track
from grader.challenge import PtqRecipe, Rules, Target, Targets
from grader.devices.targets import Device, devices
from grader.errors import ChallengeBroken

BRIEFS = {"ja": "brief.ja.md", "en": "brief.en.md"}
REQUIRED = ("baseline.onnx", *BRIEFS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What every challenge has, whatever is handed in."""

    id: str
    version: int
    skills: tuple[str, ...]
    minutes: int
    title: Bilingual
    summary: Bilingual
    starter: StarterTable
    folder: Path

    @property
    def formats(self) -> tuple[str, ...]:
        """Extensions of the files that may be handed in."""
        raise NotImplementedError

    @property
    def max_bytes(self) -> int:
        """The largest file that may be handed in."""
        raise NotImplementedError

    def figures(self) -> Mapping[str, str]:
        """What a text may refer to as {name}."""
        raise NotImplementedError

    def brief(self, language: str) -> str:
        """The task as Markdown, with this challenge's figures filled in. Raises KeyError for an unknown language."""
        return (self.folder / BRIEFS[language]).read_text("utf-8").format_map(self.figures())

    def lessons(self) -> Lessons:
        """Hints, editorial and follow-up questions, if the folder has them."""
        return read_lessons(self.folder, self.figures())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeSpec(Spec):
    """Everything about one challenge for models but its data.

    `targets` hold this machine's figures. `latency_pars` and `latency_golds`: those of every class of machine for what
    is measured, which is every entry, or those that the target's device does not run.
    """

    track: Track
    dataset: str
    rules: Rules
    targets: Targets
    latency_pars: Mapping[MachineClass, float]
    latency_golds: Mapping[MachineClass, float]
    recipe: PtqRecipe | None
    metric: str

    @property
    def formats(self) -> tuple[str, ...]:
        """Extensions of the files that may be handed in."""
        return self.rules.formats

    @property
    def max_bytes(self) -> int:
        """The largest file that may be handed in."""
        return self.rules.max_bytes

    @property
    def device(self) -> Device | None:
        """The device on which latency is estimated, None where it is measured."""
        return devices()[self.targets.device] if self.targets.device else None

    @property
    def baseline_path(self) -> Path:
        """The model to start from, which is also the reference of every measurement."""
        return self.folder / "baseline.onnx"

    def references(self) -> Mapping[str, bytes]:
        """The baseline in every other format that the challenge accepts."""
        return {name: (self.folder / f"baseline.{name}").read_bytes() for name in self.rules.formats if name != "onnx"}

    def given_targets(self) -> Mapping[str, Target]:
        """The targets that this challenge has, by name."""
        targets = {"size": self.targets.size, "memory": self.targets.memory, "latency": self.targets.latency}
        return {name: target for name, target in targets.items() if target is not None}

    def figures(self) -> Mapping[str, str]:
        """What a text may refer to as {name}. See `challenges.figures`."""
        return figures(self)


def read_spec(folder: Path, machine: MachineClass | None = None) -> ChallengeSpec:
    """Parse one challenge folder. Raises ChallengeBroken naming the file and what is wrong in it."""
    path = folder / "challenge.toml"
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), ChallengeFile)
        spec = _spec(file, folder, machine or machine_class())
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ChallengeBroken("challenge_invalid", file=shown(path), reason=str(error)) from error
    for name in (*REQUIRED, *(f"baseline.{name}" for name in spec.rules.formats)):
        if not (folder / name).is_file():
            raise ChallengeBroken("challenge_incomplete", challenge=spec.id, file=name)
    refuse_unfilled(spec)
    spec.lessons()
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
        targets=file.targets.targets(machine, file.gold),
        latency_pars=file.targets.latency.by_machine if file.targets.latency else {},
        latency_golds=file.gold.by_machine if file.gold else {},
        metric=file.metric,
        starter=file.starter,
        recipe=None if file.recipe is None else file.recipe.recipe(),
        folder=folder,
    )


def refuse_unfilled(spec: Spec) -> None:
    """A text may only ask for figures that this challenge has."""
    given = spec.figures()
    for path in sorted(spec.folder.glob("*.??.md")):
        try:
            path.read_text("utf-8").format_map(given)
        except (KeyError, ValueError, IndexError) as error:
            reason = f"no figure for the gap {error}"
            raise ChallengeBroken("challenge_invalid", file=shown(path), reason=reason) from error


def shown(path: Path) -> str:
    """Folder and file: enough to find it, nothing about this machine."""
    return f"{path.parent.name}/{path.name}"
