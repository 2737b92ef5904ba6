"""Broken and hostile .tflite files, behind the lock: each is contained, and the parent is never at fault."""

import random
from collections import Counter
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from grader.challenge import TensorSpec
from grader.sandbox.base import ArraySpec, Job, Outcome, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox
from tests.attacks.conftest import LIMITS
from tests.tflite_models import TfliteGraph, linear, packed

pytestmark = pytest.mark.sandbox
BLAMELESS = set(Verdict) - {Verdict.SANDBOX_FAILED, Verdict.PROTOCOL_ERROR, Verdict.TIMING_MISMATCH}
WEIGHTS = np.random.default_rng(0).standard_normal((784, 10)).astype(np.float32)
Make = Callable[..., BubblewrapSandbox]


def inspected(model: bytes, sandbox: BubblewrapSandbox) -> Outcome:
    """What becomes of a model in the first stage."""
    arguments = {
        "input": msgspec.to_builtins(TensorSpec(dtype="float32", shape=(None, 1, 28, 28))),
        "output": msgspec.to_builtins(TensorSpec(dtype="float32", shape=(None, 10))),
        "weights": "any",
    }
    files = {"model": model, "reference": b""}
    return sandbox.run(Job(task="grader.runtimes.litert:inspect", files=files, arguments=arguments, limits=LIMITS))


def inferred(model: bytes, sandbox: BubblewrapSandbox) -> Outcome:
    """What becomes of a model that was let through."""
    spec = ArraySpec("float32", (4, 10))
    return sandbox.run(
        Job(
            task="grader.runtimes.litert:infer",
            files={"model": model},
            tensors={"inputs": np.zeros((4, 1, 28, 28), np.float32)},
            outputs={"exact": spec, "kernels": spec},
            limits=LIMITS,
        )
    )


def fuzzed(seed: int) -> bytes:
    """A valid file with a few bytes changed, most of them outside the weights."""
    chance = random.Random(seed)  # noqa: S311
    broken = bytearray(packed(linear(WEIGHTS)))
    structure = [at for at in range(len(broken)) if at < 400 or at > len(broken) - 800]
    for _ in range(chance.randint(1, 8)):
        broken[chance.choice(structure)] = chance.randrange(256)
    return bytes(broken)


@pytest.mark.parametrize("count", [4, pytest.param(120, marks=pytest.mark.long)])
def test_it_survives_broken_files(count: int, make_sandbox: Make) -> None:
    sandbox = make_sandbox()

    verdicts = Counter(run(fuzzed(seed), sandbox).verdict for seed in range(count) for run in (inspected, inferred))

    assert set(verdicts) <= BLAMELESS, verdicts
    assert verdicts[Verdict.OK], "some changes are harmless; if none is, the seed model is broken"
    assert verdicts[Verdict.INVALID_MODEL], "some changes are fatal; if none is, nothing was changed"


def test_a_tensor_of_a_terabyte_is_not_allocated(make_sandbox: Make) -> None:
    graph = TfliteGraph()
    image = graph.tensor("image", (1, 1, 28, 28))
    shape = graph.tensor("shape", [3], "int32", stored=np.array([20_000, 20_000, 700], np.int32))
    huge = graph.tensor("huge", (20_000, 20_000, 700))
    zero = graph.tensor("zero", [], "float32", stored=np.zeros((), np.float32))
    graph.operator("FILL", [shape, zero], [huge])
    model = graph.parsed([image], [huge])

    outcome = inferred(packed(model), make_sandbox())

    assert outcome.verdict in (Verdict.MEMORY_LIMIT, Verdict.INVALID_MODEL, Verdict.CRASHED)


def test_a_loop_that_calls_its_own_graph_is_refused(make_sandbox: Make) -> None:
    model = linear(WEIGHTS)
    model.operatorCodes[1].builtinCode = model.operatorCodes[1].deprecatedBuiltinCode = schema.BuiltinOperator.WHILE

    outcome = inspected(packed(model), make_sandbox())

    assert (outcome.verdict, outcome.code) == (Verdict.INVALID_MODEL, "control_flow")


def test_a_buffer_that_points_outside_the_file_is_refused(make_sandbox: Make) -> None:
    model = linear(WEIGHTS)
    model.buffers[2] = schema.BufferT(offset=1 << 40, size=31_360)

    outcome = inspected(packed(model), make_sandbox())

    assert (outcome.verdict, outcome.code) == (Verdict.INVALID_MODEL, "tflite_damaged")
