"""Compare entry.onnx with baseline.onnx: accuracy and size, as the grader does but on validation images."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

HERE = Path(__file__).parent
CHALLENGE = json.loads((HERE / "challenge.json").read_text("utf-8"))


def right(model: Path, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """1 for each right answer, 0 for each wrong one."""
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    answers = [session.run(None, {"input": part})[0].argmax(1) for part in np.array_split(inputs, 20)]
    return (np.concatenate(answers) == labels).astype(float)


def main() -> None:
    """Print one line per figure."""
    entry, baseline = HERE / "entry.onnx", HERE / "baseline.onnx"
    with np.load(HERE / "calibration.npz") as data:
        inputs, labels = data["validation_inputs"], data["validation_labels"]
    lost = 100 * (right(baseline, inputs, labels) - right(entry, inputs, labels))
    noise = lost.std() / len(lost) ** 0.5
    allowed = 100 * CHALLENGE["max_drop"]
    print(f"accuracy  {lost.mean():.2f} points lost ± {noise:.2f} (one standard error); allowed {allowed:g}")
    print(f"size      {entry.stat().st_size:,} bytes; par {CHALLENGE['targets']['size']['par']:,}")


if __name__ == "__main__":
    main()
