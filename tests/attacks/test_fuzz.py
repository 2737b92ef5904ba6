"""Models with a few bytes broken: whatever the runtime makes of them, the parent never raises and is never at fault."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from grader.sandbox.base import Job, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox
from tests.attacks import models
from tests.attacks.conftest import LIMITS

pytestmark = pytest.mark.sandbox
BLAMELESS = set(Verdict) - {Verdict.SANDBOX_FAILED, Verdict.PROTOCOL_ERROR, Verdict.TIMING_MISMATCH}


@pytest.mark.parametrize("count", [24, pytest.param(240, marks=pytest.mark.long)])
def test_it_survives_broken_models(count: int, make_sandbox: Callable[..., BubblewrapSandbox]) -> None:
    sandbox = make_sandbox()
    feeds = {models.INPUT: np.zeros((1, 3, 8, 8), dtype=np.float32)}

    verdicts = Counter(
        sandbox.run(
            Job(task="inside:run_onnx", files={"model": models.fuzzed(seed)}, tensors=feeds, limits=LIMITS)
        ).verdict
        for seed in range(count)
    )

    assert set(verdicts) <= BLAMELESS, verdicts
    assert verdicts[Verdict.OK], "some changes are harmless; if none is, the seed model is broken"
    assert verdicts[Verdict.INVALID_MODEL], "some changes are fatal; if none is, nothing was changed"
