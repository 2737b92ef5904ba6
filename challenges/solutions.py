"""A challenge's own solutions: how each is built, the verdict that it declares, and whether a report agrees."""

import runpy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from challenges.datasets import dataset
from challenges.lab import lab
from challenges.machine import MachineClass
from challenges.spec import ChallengeSpec, Spec
from grader.entry import Entry
from grader.errors import ChallengeBroken
from grader.report import Report, Result
from grader.runtimes.base import RUNTIMES, Runtime


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What an entry gets and for which reason: `code` with "rejected", `missed` with "partial"."""

    result: Result
    code: str = ""
    missed: frozenset[str] = frozenset()
    gold: bool = False

    def __post_init__(self) -> None:
        if bool(self.code) != (self.result is Result.REJECTED):
            raise ValueError("a rejected solution, and no other, has the error's code")
        if bool(self.missed) != (self.result is Result.PARTIAL):
            raise ValueError("a partial solution, and no other, has the targets that it misses")
        if self.gold and self.result is not Result.PASSED:
            raise ValueError("only a passed solution can be gold")

    def __str__(self) -> str:
        verdict = "gold" if self.gold else self.result
        return " ".join([verdict, self.code or ", ".join(sorted(self.missed))]).strip()


class Declared(Verdict, frozen=True, kw_only=True):
    """solution.toml: the verdict that is expected, and why.

    file: the name under which the entry is handed in, for its extension. machines: the classes for which the verdict
    was measured, where it hangs on the kernels of a CPU; on others the solution is graded and not compared.
    """

    why: str = ""
    file: str = "entry.onnx"
    machines: frozenset[MachineClass] = frozenset(MachineClass)

    @property
    def verdict(self) -> Verdict:
        """Without what else is declared."""
        return Verdict(result=self.result, code=self.code, missed=self.missed, gold=self.gold)


@dataclass(frozen=True, slots=True)
class Solution:
    """One folder under `solutions/`."""

    folder: Path
    declared: Declared

    @classmethod
    def read(cls, folder: Path) -> "Solution":
        """Raises ChallengeBroken naming the file if solution.toml is missing or wrong."""
        path = folder / "solution.toml"
        try:
            return cls(folder, msgspec.convert(tomllib.loads(path.read_text("utf-8")), Declared))
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ChallengeBroken("challenge_invalid", file=f"{folder.name}/{path.name}", reason=str(error)) from error

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def runtime(self) -> Runtime | None:
        """What runs an entry of its format, if anything does."""
        return RUNTIMES.get(Path(self.declared.file).suffix.removeprefix("."))

    @property
    def runs_here(self) -> bool:
        """Whether what its format needs is installed: PyTorch and the device lab are optional."""
        if self.kernel.exists():
            return lab().is_whole
        return self.runtime is None or bool(self.runtime.version())

    @property
    def kernel(self) -> Path:
        """The file that is handed in where that is a source."""
        return self.folder / "kernel.cpp"

    def build(self, spec: Spec) -> Entry:
        """Run solve.py, which is our own code, and take what it makes; a kernel is there already."""
        if not isinstance(spec, ChallengeSpec):
            return Entry(self.kernel.name, self.kernel.read_bytes())
        solve = runpy.run_path(str(self.folder / "solve.py"))["solve"]
        return Entry(self.declared.file, solve(spec.baseline_path.read_bytes(), dataset(spec.dataset)))

    def agrees(self, found: Verdict, machine: MachineClass) -> bool:
        """Whether this is the declared verdict for the declared reason, as far as a machine of this class can tell."""
        return machine not in self.declared.machines or found == self.declared.verdict


def solutions(spec: Spec) -> Iterator[Solution]:
    """Every solution of a challenge, in alphabetical order. Raises ChallengeBroken if there is none."""
    folders = sorted(path.parent for path in spec.folder.glob("solutions/*/solution.toml"))
    if not folders:
        raise ChallengeBroken("challenge_incomplete", challenge=spec.id, file="solutions")
    return map(Solution.read, folders)


def found(report: Report) -> Verdict:
    """What the report says, in the form that a solution declares it."""
    parts = report.score.parts if report.score else ()
    return Verdict(
        result=report.result,
        code=report.reasons[0].code if report.result is Result.REJECTED else "",
        missed=frozenset(part.name for part in parts if not part.met and report.result is Result.PARTIAL),
        gold=report.gold,
    )
