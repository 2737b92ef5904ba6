"""What measure.py is made of: entry.onnx beside baseline.onnx on validation items, as the grader compares them."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

HERE = Path(__file__).parent
ENTRY, BASELINE = HERE / "entry.onnx", HERE / "baseline.onnx"
CHALLENGE = json.loads((HERE / "challenge.json").read_text("utf-8"))
ROUNDS = 60
RUNS = 20  # per slice


def validation() -> tuple[np.ndarray, np.ndarray]:
    """Items and their labels; the grader's own are others."""
    with np.load(HERE / "calibration.npz") as data:
        return data["validation_inputs"], data["validation_labels"]


def session(model: Path, **entries: str) -> ort.InferenceSession:
    """One thread, no spinning: what a small device has, and what can be measured."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for name, value in entries.items():
        options.add_session_config_entry(f"session.{name}", value)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def outputs(model: Path, inputs: np.ndarray, exact: bool = True) -> np.ndarray:
    """What the model says of each item. exact: by int8 arithmetic that does not saturate on any CPU."""
    loaded = session(model, x64quantprecision=str(int(exact)))
    return np.concatenate([loaded.run(None, {"input": part})[0] for part in np.array_split(inputs, 40)])


def right(model: Path, inputs: np.ndarray, labels: np.ndarray, exact: bool = True) -> np.ndarray:
    """1 for each right answer, 0 for each wrong one."""
    return (outputs(model, inputs, exact).argmax(1) == labels).astype(float)


def slice_ns(model: ort.InferenceSession, items: np.ndarray) -> int:
    """Least CPU time of one inference among a few."""
    times = []
    for item in items:
        begun = time.thread_time_ns()
        model.run(None, {"input": item[np.newaxis]})
        times.append(time.thread_time_ns() - begun)
    return min(times)


def latency_ratio(items: np.ndarray) -> float:
    """Least time of the entry over that of the baseline, measured in turns A B B A so that noise meets both alike."""
    models = session(BASELINE), session(ENTRY)
    best = [slice_ns(model, items[:RUNS]) for model in models]
    for round_number in range(ROUNDS):
        chosen = items[np.arange(RUNS) + round_number]
        for which in (0, 1, 1, 0):
            best[which] = min(best[which], slice_ns(models[which], chosen))
    return best[1] / best[0]


def show_answers(inputs: np.ndarray, labels: np.ndarray, exact: bool = True) -> None:
    """Print the fraction of right answers, and how sure the difference is."""
    before, after = (right(model, inputs, labels, exact) for model in (BASELINE, ENTRY))
    error = 100 * (before - after).std() / len(labels) ** 0.5
    show_accuracy(before.mean(), after.mean(), f" with a standard error of {error:.2f}")


def show_accuracy(before: float, after: float, error: str = "") -> None:
    """Print a quality in [0, 1] of the baseline and the entry, and the drop in points."""
    drop = f"drop {100 * (before - after):+.2f}{error}, allowed {100 * CHALLENGE['max_drop']:g} points"
    print(f"accuracy  {after:.4f} (baseline {before:.4f}; {drop})")


def show_costs(inputs: np.ndarray) -> None:
    """Print the size and, where the challenge asks for it, the latency."""
    targets, slowest = CHALLENGE["targets"], CHALLENGE.get("max_latency")
    size, before = ENTRY.stat().st_size, BASELINE.stat().st_size
    print(f"size      {size:,} bytes (baseline {before:,}; par {targets['size']['par']:,})")
    if "latency" in targets or slowest:
        asked = asked_latency(targets["latency"]) if "latency" in targets else f"at most {slowest:g}"
        print(f"latency   {latency_ratio(inputs):.3f} times the baseline on this CPU ({asked})")


def asked_latency(target: dict) -> str:
    """What the grader holds an entry against; where that is an estimate for a device, `karui grade` makes one."""
    if "device" in target:
        return f"graded is the estimate for a {target['device']}, par {target['par']:g}: see `karui grade`"
    return f"par by CPU: {target['par']}"
