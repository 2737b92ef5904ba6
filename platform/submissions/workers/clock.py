"""Whether what a worker times can be believed. It is asked before its first timing, and its answer stays."""

import structlog
from django.conf import settings

from challenges.self_test import self_test
from grader.errors import GraderError
from grader.sandbox import open_sandbox
from submissions.timing_lock import alone_on_this_machine
from submissions.workers.models import SelfTest, Worker

log = structlog.get_logger("karui.worker")


def clock_is_right(name: str | None) -> bool:
    """Whether a worker's self-test has passed; it is made now if it was not made since its start."""
    worker = Worker.objects.filter(name=name or "").first()
    if worker is None or not settings.SELF_TEST:  # not a worker's process: a test, or a command
        return True
    if worker.self_test == SelfTest.PENDING:
        make_self_test(worker)
    return worker.self_test == SelfTest.PASSED


def make_self_test(worker: Worker) -> None:
    """Measure the known model, and note how that went. What cannot be measured is not right."""
    try:
        with alone_on_this_machine():
            found = self_test(open_sandbox())
    except GraderError:
        log.exception("self_test_failed", worker=worker.name)
        worker.self_test = SelfTest.OFF
    else:
        log.info("self_test", worker=worker.name, is_right=found.is_right, ratio=found.ratio, drop=found.drop)
        worker.self_test = SelfTest.PASSED if found.is_right else SelfTest.OFF
        worker.self_test_ratio = found.ratio
    worker.save(update_fields=["self_test", "self_test_ratio"])
