"""The figures behind the editorial: `python -m challenges.int4_encoder.sweep`, a few minutes on one core.

Every variant of the reference: loss with its paired standard error (on the validation split unless another is asked
for), size, and latency in turns with the baseline. These are our own models, so they run without the sandbox.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import argparse
import runpy
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort

from challenges.datasets import wordnet_glosses
from challenges.registry import find, load
from grader.challenge import EvaluationSet, Split
from grader.quantization.graph import canonical_bytes

FOLDER = Path(__file__).parent
ROUNDS, RUNS = 60, 20
WORDS_AND_PRODUCTS = (
    ((32, 4), (32, 4)),
    ((64, 4), (64, 4)),
    ((128, 4), (128, 4)),
    ((128, 8), (32, 4)),
    ((16, 2), (64, 4)),
    ((32, 2), (64, 4)),
    ((64, 4), (32, 2)),
    ((64, 2), (64, 2)),
)
ROUNDED_AS_IN_THE_KIT = (((32, 4), (32, 4)), ((64, 4), (64, 4)), ((128, 4), (128, 4)), ((32, 2), (64, 4)))


def variants(baseline: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and models: (weights to a scale, bits) for table and products, then some with the kit's rounding."""
    reference = runpy.run_path(str(FOLDER / "solutions" / "reference" / "solve.py"))
    for words, products in WORDS_AND_PRODUCTS:
        yield f"table {words}, products {products}", reference["build"](baseline, words, products)
    rounding = runpy.run_path(str(FOLDER / "starter" / "quantize.py"))["blocks"]
    for words, products in ROUNDED_AS_IN_THE_KIT:
        yield f"kit's rounding: {words}, {products}", reference["build"](baseline, words, products, rounding)
    cut = runpy.run_path(str(FOLDER / "solutions" / "two_bits" / "solve.py"))["solve"]
    yield "two_bits", cut(baseline, wordnet_glosses)


def session(model: bytes) -> ort.InferenceSession:
    """One thread, no spinning."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def size_bytes(model: bytes) -> int:
    """Size as the grader counts it, without metadata."""
    return len(canonical_bytes(onnx.load_model_from_string(model)))


def correct(model: ort.InferenceSession, items: EvaluationSet) -> npt.NDArray[np.bool_]:
    """Which items are answered correctly."""
    answers = [model.run(None, {"input": part})[0].argmax(1) for part in np.array_split(items.inputs, 40)]
    right: npt.NDArray[np.bool_] = np.concatenate(answers) == items.labels
    return right


def latency_ratio(entry: ort.InferenceSession, baseline: ort.InferenceSession, glosses: npt.NDArray[np.int64]) -> float:
    """Least CPU time of one inference over the baseline's, measured in turns."""
    best = [float("inf"), float("inf")]
    for at in range(ROUNDS):
        for which, model in ((0, baseline), (1, entry), (1, entry), (0, baseline)):
            for run in range(RUNS):
                begun = time.thread_time_ns()
                model.run(None, {"input": glosses[at + run : at + run + 1]})
                best[which] = min(best[which], time.thread_time_ns() - begun)
    return best[1] / best[0]


def main(path: Path, split: Split) -> None:
    """Print one line for each variant."""
    baseline, items = path.read_bytes(), load(find("int4_encoder"), split).evaluation
    reference = session(baseline)
    before = correct(reference, items)
    print(f"baseline {before.mean():.4f}, {size_bytes(baseline):,} bytes")
    for name, model in variants(baseline):
        entry = session(model)
        lost = before.astype(float) - correct(entry, items)
        error = lost.std() / np.sqrt(len(lost))
        ratio = latency_ratio(entry, reference, items.inputs)
        figures = f"drop {100 * lost.mean():+.2f} (s.e. {100 * error:.2f})  {size_bytes(model):>9,} bytes"
        print(f"{name:40s} {figures}  latency {ratio:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=FOLDER / "baseline.onnx", help="another baseline")
    parser.add_argument("--split", choices=("validation", "public", "hidden"), default="validation")
    chosen = parser.parse_args()
    main(chosen.path, chosen.split)
