"""Run a job and turn how it ended into the grader's own errors."""

from grader.errors import EntryRejected, GraderError
from grader.sandbox.base import Job, Outcome, Sandbox, Verdict


def run(sandbox: Sandbox, job: Job) -> Outcome:
    """The outcome of a job that ended well.

    Raises EntryRejected for what the model did, GraderError where the sandbox itself failed.
    """
    outcome = sandbox.run(job)
    if outcome.verdict is Verdict.OK:
        return outcome
    if outcome.verdict is Verdict.SANDBOX_FAILED:
        raise GraderError(outcome.code, **outcome.params)
    raise EntryRejected(outcome.code, **outcome.params)
