"""Twenty gradings of one entry, on a quiet machine and beside a busy process on the same core: do they agree?"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from challenges.judge import judge
from challenges.registry import find
from challenges.solutions import Solution
from challenges.spec import ChallengeSpec
from grader.entry import Entry
from grader.sandbox import open_sandbox
from grader.scoring import TARGETS_WEIGHT, progress

GRADINGS = 20
CHALLENGE, SOLUTION = "int8_fashion", "reference"
BOUNDS = {"quiet": (1.5, 1.5), "busy": (3.0, 3.0)}  # CV of the ratio in %, range of the score in points
BUSY_LOOP = "while True: pass"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one grading said."""

    ratio: float
    low: float
    high: float
    points: float
    result: str
    processes: int
    noisy: bool
    wall_s: float
    load_1min: float


def reference_entry(spec: ChallengeSpec) -> Entry:
    """The challenge's own reference solution, built anew."""
    return Solution.read(spec.folder / "solutions" / SOLUTION).build(spec)


def one(entry: Entry) -> Sample:
    """Grade once on the hidden split."""
    begun = time.perf_counter()
    report = judge(find(CHALLENGE), entry, "hidden", open_sandbox())
    wall_s = time.perf_counter() - begun
    if report.measured is None or report.score is None:
        raise SystemExit(f"the {SOLUTION} entry was rejected: {report.reasons}")
    latency = report.measured.latency
    return Sample(
        ratio=latency.ratio,
        low=latency.interval[0],
        high=latency.interval[1],
        points=report.score.points,
        result=report.result,
        processes=len(latency.processes),
        noisy=latency.noisy,
        wall_s=wall_s,
        load_1min=os.getloadavg()[0],
    )


def latency_points_at_par(samples: list[Sample]) -> list[float]:
    """What latency would add to each score if par were this entry's own mean ratio.

    The entry lies beyond the real par, where the score is clipped and noise cannot show; here it does.
    """
    target = find(CHALLENGE).targets.latency
    if target is None:
        raise SystemExit(f"{CHALLENGE} does not score latency")
    par = statistics.fmean(sample.ratio for sample in samples)
    return [100 * TARGETS_WEIGHT * target.weight * progress(1.0, par, sample.high) for sample in samples]


@contextmanager
def busy_neighbour() -> Iterator[None]:
    """Keep this process, its children and an endless loop on one and the same core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    loop = subprocess.Popen([sys.executable, "-c", BUSY_LOOP])
    try:
        yield
    finally:
        loop.kill()
        loop.wait()
        os.sched_setaffinity(0, allowed)


def span(values: Iterable[float]) -> float:
    """Largest minus smallest."""
    ordered = sorted(values)
    return ordered[-1] - ordered[0]


def told(name: str, samples: list[Sample]) -> str:
    """One condition's figures in three lines."""
    ratios = [sample.ratio for sample in samples]
    cv = 100 * statistics.stdev(ratios) / statistics.fmean(ratios)
    verdicts = sorted({sample.result for sample in samples})
    wall_s = statistics.median(sample.wall_s for sample in samples)
    noisy = sum(sample.noisy for sample in samples)
    return (
        f"{name}: ratio {statistics.fmean(ratios):.4f}, CV {cv:.2f} % (at most {BOUNDS[name][0]} %)\n"
        f"{name}: score range {span(s.points for s in samples):.2f}, with par at the entry's own ratio"
        f" {span(latency_points_at_par(samples)):.2f} (at most {BOUNDS[name][1]})\n"
        f"{name}: verdicts {', '.join(verdicts)} in {len(samples)} gradings, {noisy} noisy, median wall {wall_s:.1f} s"
    )


def run(raw: Path) -> None:
    """Print both conditions and keep every sample."""
    entry = reference_entry(find(CHALLENGE))
    one(entry)  # measures the baseline, which is kept
    quiet = [one(entry) for _ in range(GRADINGS)]
    print(told("quiet", quiet))
    with busy_neighbour():
        busy = [one(entry) for _ in range(GRADINGS)]
    print(told("busy", busy))
    raw.write_text(json.dumps({"quiet": [asdict(s) for s in quiet], "busy": [asdict(s) for s in busy]}, indent=1))
