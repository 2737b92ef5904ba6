"""The verdicts that a challenge's solutions were found to get, kept beside them in verdicts.json.

Grading them all takes longer than tests may. A verdict on record stands for a grading for as long as its fingerprint
holds.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from challenges.fingerprint import fingerprint
from challenges.lab import lab
from challenges.machine import MachineClass, machine_class
from challenges.solutions import Solution, Verdict, found, solutions
from challenges.spec import Spec
from grader.errors import ChallengeBroken
from grader.report import Report

FILE = "verdicts.json"


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one solution got, on which class of machine and in which runtime."""

    machine: MachineClass
    runtime: str
    verdict: Verdict


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """verdicts.json: every solution's verdict, and the fingerprint of what they were graded with."""

    fingerprint: str
    solutions: Mapping[str, Recorded]


def record(spec: Spec, graded: Sequence[tuple[Solution, Report]]) -> None:
    """Keep these verdicts, found just now on this machine, in place of those on record."""
    rows = {
        solution.name: Recorded(machine=machine_class(), runtime=_runtime(solution), verdict=found(report))
        for solution, report in graded
    }
    text = msgspec.json.encode(Record(fingerprint=fingerprint(spec), solutions=rows), order="deterministic")
    (spec.folder / FILE).write_bytes(msgspec.json.format(text) + b"\n")


def on_record(spec: Spec) -> Mapping[str, Recorded]:
    """The verdicts on record that still hold, by the solution's name. Raises ChallengeBroken if none can be read.

    They hold on every class of machine: whoever has another one would otherwise have to grade everything.
    """
    kept = _read(spec.folder / FILE)
    if kept is None or kept.fingerprint != fingerprint(spec):
        return {}
    runtimes = {solution.name: _runtime(solution) for solution in solutions(spec)}
    return {name: row for name, row in kept.solutions.items() if row.runtime == runtimes.get(name)}


def _read(path: Path) -> Record | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise ChallengeBroken("challenge_invalid", file=f"{path.parent.name}/{FILE}", reason=str(error)) from error


def _runtime(solution: Solution) -> str:
    """What runs a solution's format, with its version."""
    if solution.kernel.exists():
        return " ".join(f"{name} {found}" for name, found in lab().versions.items())
    runtime = solution.runtime
    return f"{runtime.package} {runtime.version()}" if runtime else ""
