"""Grade every challenge's own solutions and compare with what they declare: `python -m challenges.verify [ID …]`.

A challenge is only as good as the verdicts that it gives: the reference must pass, the naive entry must fail for the
stated reason and each cheat must be caught, on every machine that grades.
"""

import argparse
import runpy
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from challenges.datasets import dataset
from challenges.judge import judge
from challenges.machine import machine_class
from challenges.registry import catalogue, find
from challenges.spec import ChallengeSpec
from grader.entry import Entry
from grader.errors import ChallengeBroken, GraderError
from grader.report import Report, Result
from grader.sandbox import open_sandbox
from grader.sandbox.base import Sandbox
from grader.wording import say

LOG_COLUMNS = 150  # where nobody has a window


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """solution.toml: the verdict that is expected, and why. `code` with "rejected", `missed` with "partial"."""

    result: Result
    why: str
    code: str = ""
    missed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if bool(self.code) != (self.result is Result.REJECTED):
            raise ValueError("a rejected solution, and no other, declares the error's code")
        if bool(self.missed) != (self.result is Result.PARTIAL):
            raise ValueError("a partial solution, and no other, declares the targets that it misses")

    def __str__(self) -> str:
        return " ".join([self.result, self.code or ", ".join(sorted(self.missed))]).strip()


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

    def build(self, spec: ChallengeSpec) -> Entry:
        """Run solve.py, which is our own code, and take what it makes."""
        solve = runpy.run_path(str(self.folder / "solve.py"))["solve"]
        return Entry("entry.onnx", solve(spec.baseline_path.read_bytes(), dataset(spec.dataset)))


def solutions(spec: ChallengeSpec) -> Iterator[Solution]:
    """Every solution of a challenge, in alphabetical order. Raises ChallengeBroken if there is none."""
    folders = sorted(path.parent for path in spec.folder.glob("solutions/*/solve.py"))
    if not folders:
        raise ChallengeBroken("challenge_incomplete", challenge=spec.id, file="solutions")
    return map(Solution.read, folders)


def found(report: Report) -> Declared:
    """What the report says, in the form that a solution declares it."""
    rejected = report.result is Result.REJECTED
    parts = report.score.parts if report.score else ()
    return Declared(
        result=report.result,
        why="",
        code=report.reasons[0].code if rejected else "",
        missed=frozenset(part.name for part in parts if not part.met and report.result is Result.PARTIAL),
    )


def agrees(declared: Declared, report: Report) -> bool:
    """Whether the report gives the declared verdict for the declared reason."""
    return msgspec.structs.replace(declared, why="") == found(report)


def verify(spec: ChallengeSpec, sandbox: Sandbox, table: Table) -> bool:
    """Grade each solution on the hidden split, add a row for it, and say whether all of them agree."""
    outcomes = []
    for solution in solutions(spec):
        report = judge(spec, solution.build(spec), "hidden", sandbox)
        outcomes.append(agrees(solution.declared, report))
        mark = "[green]yes[/]" if outcomes[-1] else f"[bold red]NO: {found(report)}[/]"
        table.add_row(f"{spec.id}/{solution.folder.name}", str(solution.declared), mark, *figures(report))
    return all(outcomes)


def figures(report: Report) -> tuple[str, ...]:
    """Points, drop, size, memory and latency of a graded entry; nothing for a rejected one."""
    if report.measured is None or report.score is None:
        return ()
    measured = report.measured
    low, high = measured.latency.interval
    return (
        f"{report.score.points:.1f}",
        f"{100 * measured.accuracy.drop:.2f}",
        f"{measured.inspection.size_bytes:,}",
        f"{measured.inspection.memory_bytes:,}",
        f"{measured.latency.ratio:.3f} [{low:.3f}, {high:.3f}]",
    )


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 if every solution gets its declared verdict, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m challenges.verify", description=__doc__)
    parser.add_argument("ids", metavar="ID", nargs="*", help="challenges to verify; all of them by default")
    chosen = parser.parse_args(arguments).ids
    console = Console(width=None if sys.stdout.isatty() else LOG_COLUMNS)
    table = Table("solution", "declared verdict", "found", "points", "drop", "size B", "memory B", "latency", box=None)
    try:
        specs = [find(name) for name in chosen] or list(catalogue().values())
        sandbox = open_sandbox()
        with console.status("grading every solution ..."):
            agreed = [verify(spec, sandbox, table) for spec in specs]
    except GraderError as failure:
        sentence = say(failure.code, failure.params, "en")
        console.print(f"[red]{sentence.message}[/] {sentence.hint}")
        return 1
    console.print(table, f"\nlatency par of this machine: class {machine_class()}")
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
