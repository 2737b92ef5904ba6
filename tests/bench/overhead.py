"""What grading costs over a plain script that loads the model, runs the split and takes the same timing samples."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from challenges.judge import baseline
from challenges.registry import find, load
from grader.challenge import Baseline, Challenge
from grader.entry import Entry
from grader.measure.latency import BUDGET_S, TIMED_ITEMS
from grader.pipeline import grade
from grader.sandbox import open_sandbox
from tests.bench.gradings import CHALLENGE, SOLUTION, reference_entry

ROUNDS = 5
BOUND = 1.25
PLAIN = Path(__file__).with_name("plain_script.py")


@dataclass(frozen=True, slots=True)
class Files:
    """What the plain script reads."""

    model: Path
    reference: Path
    inputs: Path


def plain_s(files: Files, processes: int) -> float:
    """Wall time of the plain script: one process for the split, one for each timing process of the grading."""
    paths = [str(files.model), str(files.reference), str(files.inputs)]
    begun = time.perf_counter()
    subprocess.run([sys.executable, PLAIN, "answer", *paths], check=True)
    for _ in range(processes):
        subprocess.run([sys.executable, PLAIN, "time", *paths, str(BUDGET_S), str(TIMED_ITEMS)], check=True)
    return time.perf_counter() - begun


def graded_s(entry: Entry, challenge: Challenge, measured: Baseline) -> tuple[float, int]:
    """Wall time of one grading, and how many timing processes it took."""
    begun = time.perf_counter()
    report = grade(entry, challenge, measured, open_sandbox())
    wall_s = time.perf_counter() - begun
    if report.measured is None:
        raise SystemExit(f"the {SOLUTION} entry was rejected: {report.reasons}")
    return wall_s, len(report.measured.latency.processes)


def run(raw: Path) -> None:
    """Alternate gradings and plain scripts; print the median ratio."""
    spec = find(CHALLENGE)
    entry, challenge = reference_entry(spec), load(spec, "hidden")
    measured = baseline(spec, challenge, open_sandbox())
    rounds = []
    with tempfile.TemporaryDirectory() as scratch:
        files = Files(*(Path(scratch) / name for name in ("model.onnx", "reference.onnx", "inputs.npy")))
        files.model.write_bytes(entry.data)
        files.reference.write_bytes(challenge.reference)
        np.save(files.inputs, challenge.evaluation.inputs)
        for _ in range(ROUNDS):
            wall_s, processes = graded_s(entry, challenge, measured)
            rounds.append({"graded_s": wall_s, "plain_s": plain_s(files, processes), "processes": processes})
    ratio = statistics.median(r["graded_s"] / r["plain_s"] for r in rounds)
    print(f"grading / plain script: {ratio:.3f} (at most {BOUND}), median of {ROUNDS} rounds")
    raw.write_text(json.dumps(rounds, indent=1))
