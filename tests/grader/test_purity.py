"""The grader stays a library: no Django, no torch, no telemetry."""

import subprocess
import sys
from pathlib import Path

PROBE = "import sys, os, {module}; print(*sorted({{'django', 'torch', 'celery'}} & set(sys.modules)))"


def test_importing_the_grader_loads_neither_torch_nor_django() -> None:
    code = PROBE.format(module="grader, grader.pipeline")

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert loaded == []


def test_running_a_model_leaves_no_telemetry_behind(tmp_path: Path) -> None:
    code = (
        "import grader, onnxruntime as ort, time; from tests.models import linear;"
        "ort.InferenceSession(linear().SerializeToString()); time.sleep(0.5)"
    )

    subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        capture_output=True,
    )

    assert list(tmp_path.rglob("*")) == []


def test_telemetry_would_be_seen_if_it_were_on(tmp_path: Path) -> None:
    code = "import onnxruntime as ort, time; from tests.models import linear;" + (
        "ort.InferenceSession(linear().SerializeToString()); time.sleep(0.5)"
    )

    subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        capture_output=True,
    )

    assert list(tmp_path.rglob("*")) != []
