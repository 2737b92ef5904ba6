"""What the sandbox costs: to start, to run a model once, and per inference once it runs; and what it leaves behind."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from grader.sandbox.base import Job, Outcome, Verdict
from grader.sandbox.bubblewrap import ENVIRONMENT, BubblewrapSandbox, Privilege
from grader.sandbox.cgroups import find_tree
from grader.sandbox.limits import Limits
from grader.sandbox.mounts import View, executable, package_roots, python_view
from grader.sandbox.probe import probe
from tests.attacks.test_leaks import inventory

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
TRUE = "/usr/bin/true"
STARTS, COLD_JOBS, PAIRS, LEFTOVER_JOBS = 50, 20, 60, 40
BUDGET_S = 0.25
CORE = 0
CHANNELS = 48
IMAGE = np.zeros((1, CHANNELS, 32, 32), dtype=np.float32)
QUICK = Limits(wall_s=0.5, cpu_s=5, memory_mib=256)
Ratio = dict[str, Any]


def open_bench_sandbox() -> BubblewrapSandbox:
    """This machine's sandbox, with `true` and the loop in view."""
    backend = probe().backend
    if backend == "none":
        raise SystemExit("no sandbox here; python -m grader.sandbox says why")
    view = python_view().showing(TRUE)
    loop = {"/karui/inside_bench.py": (HERE / "inside_bench.py").read_bytes()}
    return BubblewrapSandbox(Privilege(backend), find_tree(), view=View(view.binds, {**view.data, **loop}))


def float_convolutions() -> bytes:
    """Three 3x3 convolutions in float32."""
    chance = np.random.default_rng(0)
    shape = (CHANNELS, CHANNELS, 3, 3)
    kernels = [numpy_helper.from_array(chance.normal(size=shape).astype(np.float32), f"w{i}") for i in range(3)]
    names = ["x", "a", "b", "y"]
    nodes = [helper.make_node("Conv", [names[i], f"w{i}"], [names[i + 1]], pads=[1, 1, 1, 1]) for i in range(3)]
    return model(nodes, kernels)


def integer_product() -> bytes:
    """An int8 matrix product: on processors that have them, in VNNI or AMX instructions."""
    weight = np.random.default_rng(0).integers(-127, 128, size=(32, 512)).astype(np.int8)
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["q", "w0", "zero"], ["i"]),
        helper.make_node("Cast", ["i"], ["y"], to=TensorProto.FLOAT),
    ]
    return model(nodes, [numpy_helper.from_array(weight, "w0")])


def model(nodes: list[Any], weights: list[Any]) -> bytes:
    """A model of one image."""
    graph = helper.make_graph(
        nodes,
        "bench",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(IMAGE.shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        weights,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


MODELS = {"float convolutions": float_convolutions, "int8 product": integer_product}


def job(content: bytes, budget_s: float, core: int | None = None) -> Job:
    """The steady-state loop as a job."""
    return Job(
        task="inside_bench:steady_state",
        files={"model": content},
        tensors={"x": IMAGE},
        arguments={"budget_s": budget_s},
        limits=Limits(core=core),
    )


def inside_ns(sandbox: BubblewrapSandbox, content: bytes) -> float:
    """The least thread CPU time of one inference, in the sandbox."""
    outcome = sandbox.run(job(content, BUDGET_S, CORE))
    if outcome.verdict is not Verdict.OK:
        raise SystemExit(f"the job inside ended with {outcome.verdict}: {outcome.params}")
    return float(min(outcome.reply["runs_ns"]))


def outside_ns(path: Path) -> float:
    """The same without a sandbox: same interpreter, flags, environment and core."""
    command = [executable(), "-I", "-S", "-B", str(HERE / "outside.py"), str(path), str(BUDGET_S)]
    answer = subprocess.run(
        ["taskset", "--cpu-list", str(CORE), *command, *package_roots(), str(REPOSITORY), str(HERE)],
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    return float(min(json.loads(answer.stdout)["runs_ns"]))


def steady_ratios(sandbox: BubblewrapSandbox, content: bytes) -> list[Ratio]:
    """Pairs of fresh processes, one inside and one outside, in random order."""
    chance, pairs = np.random.default_rng(0), []
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        file.write(content)
        file.flush()
        sides: dict[str, Callable[[], float]] = {
            "inside_ns": lambda: inside_ns(sandbox, content),
            "outside_ns": lambda: outside_ns(Path(file.name)),
        }
        for _ in range(PAIRS):
            order = [str(side) for side in chance.permutation(sorted(sides))]
            pairs.append({side: sides[side]() for side in order})
    return pairs


def interval(ratios: list[float], rounds: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the median."""
    samples = np.random.default_rng(0).choice(ratios, size=(rounds, len(ratios)))
    low, high = np.quantile(np.median(samples, axis=1), [0.025, 0.975])
    return float(low), float(high)


def timed_s(action: Callable[[], Outcome]) -> float:
    """Wall time as the caller sees it."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def percentile(samples: list[float], percent: int) -> float:
    """The sample below which `percent` of all lie."""
    return statistics.quantiles(samples, n=100)[percent - 1]


def show_starts(starts: list[float], cold: list[float]) -> None:
    """Figures of starting, beside their bounds."""
    median_ms, p95_ms = statistics.median(starts) * 1e3, percentile(starts, 95) * 1e3
    print(f"spawn to exit of `true`: median {median_ms:.1f} ms (at most 40), p95 {p95_ms:.1f} ms (at most 80)")
    print(f"cold ONNX job: median {statistics.median(cold):.3f} s, worst {max(cold):.3f} s (at most 0.6)")


def show_ratio(name: str, pairs: list[Ratio]) -> None:
    """The steady-state ratio, beside its bound."""
    ratios = [pair["inside_ns"] / pair["outside_ns"] for pair in pairs]
    low, high = interval(ratios)
    spread = f"95 % interval {low:.4f} to {high:.4f}, {PAIRS} pairs"
    print(f"inside / outside, {name}: median {statistics.median(ratios):.4f} ({spread}; at most 0.01 from 1)")


def leftovers(sandbox: BubblewrapSandbox) -> dict[str, int]:
    """How much more there is of everything after jobs that ended well and badly."""
    honest = job(float_convolutions(), 0.0)
    mixed = (
        honest,
        job(b"no model", 0.0),
        Job(task="inside_bench:no_such_task", files={}),
        Job(task="grader.sandbox.selftest:escape", files={}, arguments={"attempt": "fork"}),
    )
    sandbox.run(honest)
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # a folder of our own: others on this machine make temporary files too
        before = inventory()
        for number in range(LEFTOVER_JOBS):
            sandbox.run(mixed[number % len(mixed)])
        after = inventory()
        tempfile.tempdir = None
    return {kind: len(after[kind]) - len(before[kind]) for kind in after}


def run(raw: Path) -> None:
    """Measure everything, print the figures beside their bounds, keep the raw ones."""
    sandbox = open_bench_sandbox()
    nothing = Job(task="", files={})
    starts = [timed_s(lambda: sandbox.run_program(nothing, [TRUE])) for _ in range(STARTS)]
    cold = [timed_s(lambda: sandbox.run(job(float_convolutions(), 0.0))) for _ in range(COLD_JOBS)]
    show_starts(starts, cold)
    pairs = {name: steady_ratios(sandbox, make()) for name, make in MODELS.items()}
    for name, measured in pairs.items():
        show_ratio(name, measured)
    left = leftovers(sandbox)
    print(f"left after {LEFTOVER_JOBS} mixed jobs: {left} (nothing)")
    machine = {"backend": sandbox.backend, "memory": probe().memory, "load": os.getloadavg()}
    raw.write_text(
        json.dumps({"machine": machine, "true_s": starts, "cold_onnx_s": cold, "pairs": pairs, "left": left}, indent=1)
    )


if __name__ == "__main__":
    run(Path(sys.argv[1]))
