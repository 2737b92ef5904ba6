"""A challenge small enough for a test: random images, labelled by the reference model itself."""

import numpy as np
import onnx
import onnxruntime as ort

from grader.challenge import Challenge, EvaluationSet, PtqRecipe, Rules, Target, Targets, TensorSpec
from tests.models import small_resnet

ITEMS = 400
RULES = Rules(
    input=TensorSpec(dtype="float32", shape=(None, 1, 28, 28)),
    output=TensorSpec(dtype="float32", shape=(None, 10)),
    max_bytes=2 * 2**20,
)


def small_challenge(
    reference: onnx.ModelProto | None = None, rules: Rules = RULES, recipe: PtqRecipe | None = None
) -> Challenge:
    """A challenge whose reference answers everything right, because it made the labels."""
    model = (reference or small_resnet()).SerializeToString()
    inputs = np.random.default_rng(7).standard_normal((ITEMS, 1, 28, 28)).astype(np.float32)
    logits = ort.InferenceSession(model).run(None, {"input": inputs})[0]
    return Challenge(
        id="small",
        version=1,
        rules=rules,
        targets=Targets(max_drop=0.10, size=Target(par=9_000, weight=0.5), memory=Target(par=30_000, weight=0.5)),
        reference=model,
        evaluation=EvaluationSet("public", inputs, logits.argmax(axis=1).astype(np.int64)),
        calibration=inputs[:64],
        recipe=recipe,
    )
