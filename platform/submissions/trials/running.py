"""From a queued trial to its tables."""

import structlog

from challenges.judge import ladder, parity
from challenges.registry import catalogue
from grader.errors import EntryRejected
from grader.sandbox import open_sandbox
from submissions import files
from submissions.timing_lock import alone_on_this_machine
from submissions.trials.models import Kind, Trial
from submissions.work import forget_unneeded
from submissions.working import ProgressWriter, claimed, work_on

log = structlog.get_logger("karui.grading")


def run_next(worker: str = "") -> Trial | None:
    """Try what is next. Gives it back, or None if nothing waits.

    Then the models go, which nobody needs any more; the deletion of an account may be first.
    """
    if trial := claimed(Trial.objects.all(), worker):
        digests = trial.digests()
        work_on(trial, outcome, store)
        forget_unneeded(digests)
    return trial


def outcome(trial: Trial) -> str | EntryRejected:
    """The result as JSON, or why this model cannot be tried. Raises GraderError."""
    try:
        with alone_on_this_machine():
            return TRIED[Kind(trial.kind)](trial)
    except EntryRejected as rejection:
        return rejection


def store(trial: Trial, found: str | EntryRejected) -> None:
    """Keep it."""
    stored = trial.refuse(found.code, found.params) if isinstance(found, EntryRejected) else trial.finish(found)
    log.info("finished") if stored else log.warning("lease_lost_result_dropped")


def climbed(trial: Trial) -> str:
    """Every rung of the trial's model."""
    [entry] = map(files.load, trial.entries.all())
    return ladder(catalogue()[trial.challenge], entry, open_sandbox(), ProgressWriter(trial)).to_json().decode()


def compared(trial: Trial) -> str:
    """The trial's models side by side. Which one is measured is told by its position: names may be alike."""
    entries, write = [*map(files.load, trial.entries.all())], ProgressWriter(trial)
    report = parity(
        catalogue()[trial.challenge],
        entries,
        open_sandbox(),
        lambda _, fraction: write(str(round(fraction * len(entries))), fraction),
    )
    return report.to_json().decode()


TRIED = {Kind.LADDER: climbed, Kind.PARITY: compared}
