"""`python -m grader` on somebody's own data, without the site."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.bad_models import not_a_number
from tests.grader.challenges import small_challenge
from tests.models import small_resnet

pytestmark = pytest.mark.sandbox


def graded(folder: Path, model: bytes, *more: str) -> subprocess.CompletedProcess[str]:
    challenge = small_challenge()
    (folder / "model.onnx").write_bytes(model)
    (folder / "reference.onnx").write_bytes(challenge.reference)
    np.save(folder / "x.npy", challenge.evaluation.inputs)
    np.save(folder / "y.npy", challenge.evaluation.labels)
    files = ["model.onnx", "--reference", "reference.onnx", "--inputs", "x.npy", "--labels", "y.npy"]
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "grader", *files, *more],
        cwd=folder,
        env={"PYTHONPATH": root, "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_prints_a_report_as_json(tmp_path: Path) -> None:
    done = graded(tmp_path, small_resnet().SerializeToString(), "--size-par", "10000")

    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["result"] == "partial"
    assert report["measured"]["accuracy"]["value"] == 1.0


def test_a_rejected_model_exits_with_2_and_a_sentence_in_the_readers_language(tmp_path: Path) -> None:
    done = graded(tmp_path, not_a_number().SerializeToString(), "--lang", "ja")

    assert done.returncode == 2
    assert "NaN" in done.stderr
    assert "件の出力" in done.stderr
