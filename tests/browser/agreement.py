"""An entry that was graded on the site, graded again on a laptop."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from grader.report import Report

TRIES = 3


def graded_at_home(site: Any, challenge: str, model: bytes, on_site: Report, folder: Path) -> Report:
    """What `karui grade` says of it. A neighbour may disturb either, so it is asked again while they differ."""
    entry, laptop = folder / "entry.onnx", folder / "report.json"
    entry.write_bytes(model)
    command = [sys.executable, "-m", "challenges.cli", "grade", challenge, str(entry), "--split", "hidden"]
    for _ in range(TRIES):
        subprocess.run([*command, "--json", str(laptop)], env=site.environment, check=True)
        at_home = Report.from_json(laptop.read_bytes())
        if difference(on_site, at_home) <= 1.0:
            break
    return at_home


def difference(one: Report, other: Report) -> float:
    """Between the points of two graded entries."""
    assert one.score is not None
    assert other.score is not None
    return abs(one.score.points - other.score.points)
