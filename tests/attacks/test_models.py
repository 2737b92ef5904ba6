"""Hostile models in ONNX Runtime, behind the lock: each is contained, with its verdict."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from grader.sandbox.base import ArraySpec, Job, Lock, Outcome, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.limits import Limits
from tests.attacks import models
from tests.attacks.conftest import LIMITS

pytestmark = pytest.mark.sandbox
INVALID = Verdict.INVALID_MODEL
MEMORY = Verdict.MEMORY_LIMIT
SHORT = replace(LIMITS, cpu_s=1)


@dataclass(frozen=True, slots=True)
class Attack:
    """A model and the verdict that the parent has to reach."""

    name: str
    build: Callable[[], bytes]
    verdict: Verdict
    limits: Limits = LIMITS

    def __str__(self) -> str:
        return self.name


ATTACKS = [
    *(
        Attack(f"external data in {location}", partial(models.external, location), INVALID)
        for location in (
            "../../etc/passwd",
            "/etc/passwd",
            "/proc/self/mem",
            "/dev/zero",
            "/karui/grader/sandbox/child.py",
            "weights.bin",
        )
    ),
    Attack("2^40 values in 16 bytes", lambda: models.weight_of_dims([1 << 40]), INVALID),
    Attack("2^62 values in 16 bytes", lambda: models.weight_of_dims([1 << 62, 4]), INVALID),
    Attack("a negative dimension", lambda: models.weight_of_dims([-1]), INVALID),
    Attack("a loop of 2^63 rounds", lambda: models.loop(scan=False), Verdict.TIME_LIMIT_CPU, SHORT),
    Attack(
        "a loop that keeps every round", lambda: models.loop(scan=True), MEMORY, replace(LIMITS, cpu_s=20, wall_s=30)
    ),
    Attack("an output of 64 GiB", lambda: models.fill([1 << 34]), MEMORY),
    Attack("an output of 1 GiB", lambda: models.fill([1 << 28]), MEMORY),
    Attack("tiles of tiles", models.tile, MEMORY),
    Attack("200,000 nodes", lambda: models.many_nodes(200_000), MEMORY),
    Attack("20 nested branches", lambda: models.nested_ifs(20), Verdict.OK),
    Attack("3,000 nested graphs", lambda: models.nested_graphs(3000), INVALID),
    Attack("a length of 2^31", lambda: models.lying_length(1 << 31), INVALID),
    Attack("a length of 2^63", lambda: models.lying_length(1 << 63), INVALID),
    Attack("random bytes", lambda: models.noise(4096), INVALID),
    Attack("no bytes", lambda: b"", INVALID),
    Attack("cut off", models.truncated, INVALID),
    Attack("another input shape", models.wrong_shape, INVALID),
    Attack("text instead of numbers", models.string_model, INVALID),
    Attack("an unknown operator", models.unknown_operator, INVALID),
    Attack("Einsum of 4096^4", models.einsum, MEMORY),
    Attack("nothing wrong (the control)", models.honest, Verdict.OK),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_contains(attack: Attack, make_sandbox: Callable[..., BubblewrapSandbox]) -> None:
    outcome = run_model(make_sandbox(), attack.build(), attack.limits)

    assert outcome.verdict is attack.verdict, outcome


def run_model(sandbox: BubblewrapSandbox, model: bytes, limits: Limits = LIMITS) -> Outcome:
    """Load and run a model once on an input of zeros."""
    shape = (1, 1) if model == models.einsum() else (1, 4)
    feeds = {models.INPUT: np.zeros(shape, dtype=np.float32)}
    return sandbox.run(Job(task="inside:run_onnx", files={"model": model}, tensors=feeds, limits=limits))


def test_it_lets_nan_through_for_the_parent_to_judge(make_sandbox: Callable[..., BubblewrapSandbox]) -> None:
    job = Job(
        task="inside:infer_onnx",
        files={"model": models.division_by_zero()},
        tensors={models.INPUT: np.zeros((1, 4), dtype=np.float32)},
        outputs={models.OUTPUT: ArraySpec("float32", (1, 4))},
    )

    outcome = make_sandbox().run(job)

    assert outcome.verdict is Verdict.OK
    assert not np.isfinite(outcome.arrays[models.OUTPUT]).any()


def test_it_refuses_a_model_by_path_that_points_outside(make_sandbox: Callable[..., BubblewrapSandbox]) -> None:
    for location in ("../../etc/passwd", "/etc/passwd"):
        outcome = run_by_path(make_sandbox(), models.external(location))

        assert outcome.verdict is INVALID, outcome


def run_by_path(sandbox: BubblewrapSandbox, model: bytes) -> Outcome:
    """Load a model from a file in /tmp, as a runtime that takes only paths would."""
    job = Job(task="inside:load_by_path", files={"model": model}, lock=Lock.SCRATCH, limits=LIMITS)
    return sandbox.run(job)
