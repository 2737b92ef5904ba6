"""`python -m grader`: grade one model against a reference on your own data, without site or challenge."""

import argparse
import sys
from pathlib import Path

import numpy as np

from grader.challenge import Challenge, EvaluationSet, PtqRecipe, Rules, Target, Targets, TensorSpec
from grader.entry import Entry
from grader.errors import GraderError
from grader.pipeline import grade, measure_baseline
from grader.sandbox import open_sandbox
from grader.stages import Stage
from grader.wording import LANGUAGES, say


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m grader", description=__doc__)
    parser.add_argument("model", type=Path, help="the compressed model (.onnx)")
    parser.add_argument("--reference", type=Path, required=True, help="the model to compare with (.onnx)")
    parser.add_argument("--inputs", type=Path, required=True, help="evaluation inputs, float32 [items, ...] (.npy)")
    parser.add_argument("--labels", type=Path, required=True, help="their classes, int64 [items] (.npy)")
    parser.add_argument("--calibration", type=Path, help="quantize the model first, with these inputs (.npy)")
    parser.add_argument("--max-drop", type=float, default=0.01, help="allowed loss of accuracy, as a fraction")
    parser.add_argument("--size-par", type=float, help="target size in bytes")
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    return parser.parse_args()


def challenge(options: argparse.Namespace) -> Challenge:
    """The comparison that the command line describes. Raises OSError, ValueError."""
    inputs = np.load(options.inputs, allow_pickle=False).astype(np.float32)
    labels = np.load(options.labels, allow_pickle=False).astype(np.int64)
    calibration = inputs if options.calibration is None else np.load(options.calibration, allow_pickle=False)
    shape = (None, *inputs.shape[1:])
    size = None if options.size_par is None else Target(par=options.size_par, weight=1.0)
    return Challenge(
        id="own",
        version=1,
        rules=Rules(
            input=TensorSpec(dtype="float32", shape=shape),
            output=TensorSpec(dtype="float32", shape=(None, int(labels.max()) + 1)),
        ),
        targets=Targets(max_drop=options.max_drop, size=size),
        reference=options.reference.read_bytes(),
        evaluation=EvaluationSet("public", inputs, labels),
        calibration=calibration,
        recipe=None if options.calibration is None else PtqRecipe(),
    )


def main() -> int:
    """Print the report as JSON; sentences go to the error stream. 0 graded, 1 our failure, 2 rejected."""
    options = arguments()
    try:
        sandbox = open_sandbox()
        task = challenge(options)
        report = grade(Entry.read(options.model), task, measure_baseline(task, sandbox), sandbox, _tell)
    except GraderError as failure:
        sentence = say(failure.code, failure.params, options.lang)
        print(sentence.message, sentence.hint, file=sys.stderr)
        return 1
    for finding in report.reasons:
        print(say(finding.code, finding.params, options.lang).message, file=sys.stderr)
    print(report.to_json().decode())
    return 2 if report.score is None else 0


def _tell(stage: Stage, fraction: float) -> None:
    print(f"{stage} {fraction:.0%}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
