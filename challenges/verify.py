"""Grade every challenge's own solutions and compare with what they declare: `python -m challenges.verify [ID …]`.

A challenge is only as good as the verdicts that it gives: the reference must pass, the naive entry must fail for the
stated reason and each cheat must be caught, on every machine that grades.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from challenges.judge import judge
from challenges.machine import machine_class
from challenges.readme import write_table
from challenges.registry import everything, find_any
from challenges.solutions import Solution, found, solutions
from challenges.spec import Spec
from challenges.verdicts import record
from grader.challenge import Split
from grader.errors import GraderError
from grader.report import Report
from grader.sandbox import open_sandbox
from grader.sandbox.base import Sandbox
from grader.wording import say

LOG_COLUMNS = 150  # where nobody has a window
COLUMNS = ("solution", "declared verdict", "found", "points", "drop", "size B", "memory B", "latency")


def grade_all(spec: Spec, chosen: Iterable[Solution], split: Split, sandbox: Sandbox) -> list[tuple[Solution, Report]]:
    """Each of the solutions with its report. Raises GraderError."""
    return [(solution, judge(spec, solution.build(spec), split, sandbox)) for solution in chosen]


def agrees(solution: Solution, report: Report) -> bool:
    """Whether a report made on this machine gives the declared verdict."""
    return solution.agrees(found(report), machine_class())


def show(spec: Spec, graded: Sequence[tuple[Solution, Report]], table: Table) -> None:
    """A row for each graded solution."""
    for solution, report in graded:
        mark = "[green]yes[/]" if agrees(solution, report) else f"[bold red]NO: {found(report)}[/]"
        table.add_row(f"{spec.id}/{solution.name}", str(solution.declared), mark, *figures(report))


def figures(report: Report) -> tuple[str, ...]:
    """Points, drop, size, memory and latency of a graded model, cycles of a kernel; nothing for a rejected one."""
    if report.kernel and report.score:
        cycles = ", ".join(f"{on.device} {on.cycles:,.0f}" for on in report.kernel.devices)
        return (f"{report.score.points:.1f}", "", f"{report.kernel.source_bytes:,}", "", cycles)
    if report.measured is None or report.score is None:
        return ()
    measured = report.measured
    low, high = measured.latency.interval
    return (
        f"{report.score.points:.1f}",
        f"{100 * measured.accuracy.drop:.2f}",
        f"{measured.inspection.size_bytes:,}",
        f"{measured.inspection.memory_bytes:,}",
        f"{measured.latency.ratio:.3f} [{low:.3f}, {high:.3f}]{_estimated(report)}",
    )


def _estimated(report: Report) -> str:
    """The ratio that counts where it is estimated."""
    device = report.scored_device
    return f", {device.name} {device.ratio:.4f}" if device else ""


def show_spread(spec: Spec, reports: Sequence[Report], console: Console) -> bool:
    """Verdicts and range of points of gradings of the same entry. Whether they are one verdict within 2 points."""
    points = [report.score.points for report in reports if report.score]
    verdicts = {str(found(report)) for report in reports}
    spread = max(points) - min(points) if points else 0.0
    console.print(f"{spec.id}: {len(reports)} gradings, {', '.join(verdicts)}, points within {spread:.2f}")
    return len(verdicts) == 1 and spread <= 2


def verify(spec: Spec, options: argparse.Namespace, sandbox: Sandbox, console: Console) -> bool:
    """Grade one challenge's solutions, show them, and say whether all of them agree."""
    named = [each for each in solutions(spec) if options.solution in (None, each.name)]
    chosen = [each for each in named if each.runs_here] * options.repeat
    for each in named:
        if not each.runs_here:
            console.print(f"{spec.id}/{each.name} is left out: the runtime for {each.declared.file} is not installed")
    table = Table(*COLUMNS, box=None)
    with console.status(f"grading the solutions of {spec.id} ..."):
        graded = grade_all(spec, chosen, options.split, sandbox)
    show(spec, graded, table)
    console.print(table)
    if options.record:
        record(spec, graded)
        write_table(spec, graded)
    steady = options.repeat == 1 or show_spread(spec, [report for _, report in graded], console)
    return steady and all(agrees(solution, report) for solution, report in graded)


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 if every solution gets its declared verdict, 1 otherwise."""
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else LOG_COLUMNS)
    try:
        specs = [find_any(name) for name in options.ids] or list(everything().values())
        sandbox = open_sandbox()
        agreed = [verify(spec, options, sandbox, console) for spec in specs]
    except GraderError as failure:
        sentence = say(failure.code, failure.params, "en")
        console.print(f"[red]{sentence.message}[/] {sentence.hint}")
        return 1
    console.print(f"latency figures of this machine: class {machine_class()}")
    return 0 if all(agreed) else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m challenges.verify", description=__doc__)
    parser.add_argument("ids", metavar="ID", nargs="*", help="challenges to verify; all of them by default")
    parser.add_argument("--solution", metavar="NAME", help="only this one of each challenge")
    parser.add_argument("--split", choices=("hidden", "public", "validation"), default="hidden")
    parser.add_argument("--repeat", metavar="N", type=int, default=1, help="grade each N times, and show the spread")
    parser.add_argument("--record", action="store_true", help="write what is found into verdicts.json and README.md")
    options = parser.parse_args(arguments)
    if options.record and (options.solution, options.split, options.repeat) != (None, "hidden", 1):
        parser.error("--record keeps one grading of every solution on the hidden split: it takes nothing but IDs")
    return options


if __name__ == "__main__":
    sys.exit(main())
