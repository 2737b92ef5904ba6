"""How the queue scales: entries per second with 1, 2 and 4 evaluation workers, as a ratio to ideal, on real services.

The grader is simulated: it sleeps for a fixed time, so that what is measured is everything around it. Meanwhile a
client asks for pages; its p95 stands beside. PostgreSQL and Redis are started for it, from Debian's packages.
"""

import json
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from tests.bench.pages import fetch, start
from tests.services.servers import Postgres, Redis
from tests.services.workers import SimulatedWorker, hand_in

COST_S = 0.5
ENTRIES = 120
WORKERS = (1, 2, 4)
PAGE = "/challenges/"
PAGES_HZ = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """One run."""

    workers: int
    entries: int
    wall_s: float
    pages_ms: list[float]

    @property
    def ratio(self) -> float:
        """Entries per second over what so many workers could do if nothing but the grader took time."""
        return self.entries * COST_S / self.workers / self.wall_s


def run(raw: Path) -> None:
    """Measure, print ratios, keep the raw figures."""
    samples = [measured(workers) for workers in WORKERS]
    raw.write_text(json.dumps([asdict(sample) for sample in samples]))
    print(f"{ENTRIES} entries of {COST_S:g} s; {PAGE} asked {PAGES_HZ} times a second meanwhile")
    for sample in samples:
        p95_ms = statistics.quantiles(sample.pages_ms, n=20)[-1]
        took = f"{sample.wall_s:6.1f} s, page p95 {p95_ms:6.1f} ms"
        print(f"  {sample.workers} workers: {sample.ratio:5.2f} of ideal, {took}")


def measured(count: int) -> Sample:
    """All entries wait when the workers begin; the clock runs from the first evaluation to the last."""
    with tempfile.TemporaryDirectory() as folder:
        postgres, redis = Postgres(), Redis(Path(folder))
        postgres.create()
        postgres.start()
        redis.start()
        try:
            return with_services(count, {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}, Path(folder))
        finally:
            redis.stop()
            postgres.remove()


def with_services(count: int, services: dict[str, str], folder: Path) -> Sample:
    """The site, the workers and the entries."""
    os.environ |= services
    server, port = start(str(folder / "home"))
    simulated = {"SIMULATED_EVALUATION_S": str(COST_S), "SIMULATED_TIMING_S": "0", "KARUI_SELF_TEST": "0"}
    environment = {**os.environ, **simulated, "KARUI_HOME": str(folder / "home"), "PYTHONPATH": "platform"}
    environment |= {"KARUI_DAILY_ATTEMPTS": "1000", "KARUI_RUNNING_AT_ONCE": "100"}
    people = hand_in(environment, people=ENTRIES // 4, each=4)
    if people.wait():
        raise RuntimeError("the entries were not taken")
    workers = [SimulatedWorker(f"e{n}", environment, folder, ("--queues", "evaluation,upkeep")) for n in range(count)]
    try:
        for worker in workers:
            worker.start()
        return watched(workers, port)
    finally:
        for worker in workers:
            worker.kill()
        server.terminate()
        server.wait()


def watched(workers: list[SimulatedWorker], port: int) -> Sample:
    """Ask for pages until everything is evaluated."""
    over = Event()
    with ThreadPoolExecutor(1) as clients:
        pages_ms = clients.submit(ask_for_pages, port, over)
        try:
            while sum(len(worker.told("evaluated")) for worker in workers) < ENTRIES:
                time.sleep(0.5)
        finally:
            over.set()
        return Sample(len(workers), ENTRIES, span_s(workers), pages_ms.result())


def span_s(workers: list[SimulatedWorker]) -> float:
    """From the first claim to the last evaluation, by the workers' own logs."""
    claimed, evaluated = (
        [datetime.fromisoformat(entry["timestamp"]) for worker in workers for entry in worker.told(event)]
        for event in ("claimed", "evaluated")
    )
    return (max(evaluated) - min(claimed)).total_seconds()


def ask_for_pages(port: int, over: Event) -> list[float]:
    """Latencies in ms, from when each request was due."""
    samples_ms = []
    due_s = time.perf_counter()
    while not over.is_set():
        due_s += 1 / PAGES_HZ
        time.sleep(max(0.0, due_s - time.perf_counter()))
        fetch(port, PAGE)
        samples_ms.append((time.perf_counter() - due_s) * 1000)
    return samples_ms
