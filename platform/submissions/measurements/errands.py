"""Where boards meet rows: what one is sent, and what is believed of its answer."""

from collections.abc import Iterator, Sequence

import structlog

from challenges.errand import Errand
from challenges.registry import catalogue, load
from grader.errors import GraderError
from grader.measure.latency import facts_of
from grader.report import LatencyFacts, TimingProcess
from grader.runtimes.base import RUNTIMES
from submissions.measurements.models import Board, Measurement
from submissions.work import OurFault
from submissions.working import claimed

log = structlog.get_logger("karui.measurements")


class Implausible(ValueError):
    """Samples that no timing takes."""


def claim(device: str, board: str, machine: dict[str, str]) -> Measurement | None:
    """What a board shall time next: what it has already, if it asks again. None if nothing waits for its device."""
    Board.objects.see(device, board, machine)
    rows = Measurement.objects.on(device)
    held = rows.held_by(board)
    return held if held and held.hand_out_again() else claimed(rows, board)


def errand(row: Measurement) -> bytes | None:
    """What goes to the board. None if we cannot make it, which is our fault."""
    try:
        model = row.submission.entry().data
        return Errand.of(load(catalogue()[row.challenge], "public"), model).to_bytes()
    except (GraderError, LookupError, OSError, ValueError):
        log.exception("no_errand", measurement=str(row.pk))
        row.fail(OurFault.CRASHED, {})
        return None


def latency_of(processes: Sequence[TimingProcess]) -> LatencyFacts:
    """What samples say, computed here and not by the board. Raises Implausible."""
    if faults := list(dict.fromkeys(faults_in(processes))):
        raise Implausible(", ".join(faults))
    return facts_of(processes, min(min(process.reference_min_ns) for process in processes))


def faults_in(processes: Sequence[TimingProcess]) -> Iterator[str]:
    """Why they cannot be a timing as `grader.measure.latency` does it."""
    fewest, most = RUNTIMES["onnx"].processes
    if not fewest <= len(processes) <= most:
        yield "processes"
    for process in processes:
        runs, each = process.runs_per_slice, (process.reference_min_ns, process.entry_min_ns)
        totals = process.reference_total_ns, process.entry_total_ns
        if len({len(samples) for samples in (*each, *totals)}) != 1 or not each[0]:
            yield "slices"
        elif min(*runs, *each[0], *each[1]) <= 0:
            yield "not_positive"
        elif any(
            total < count * least
            for count, leasts, sums in zip(runs, each, totals, strict=True)
            for least, total in zip(leasts, sums, strict=True)
        ):
            yield "total_below_sum"
