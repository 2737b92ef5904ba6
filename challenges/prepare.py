"""Set-up, once per machine: `python -m challenges.prepare` fetches missing data and measures every baseline.

Measured baselines are kept, so a second run takes a moment.
"""

import sys
from typing import Literal

from rich.console import Console

from challenges.datasets import DATASETS, dataset
from challenges.judge import baseline
from challenges.registry import catalogue, load
from grader.errors import GraderError
from grader.sandbox import open_sandbox
from grader.wording import say

SPLITS: tuple[Literal["public", "hidden"], ...] = ("public", "hidden")


def fetch(console: Console) -> None:
    """Download the data sets that are not on this machine. Raises ChallengeBroken."""
    for name in DATASETS:
        if not dataset(name).is_present():
            with console.status(f"{name} ..."):
                dataset(name).fetch()


def measure(console: Console) -> None:
    """Measure each challenge's baseline on both splits. Raises GraderError."""
    sandbox = open_sandbox()
    for spec in catalogue().values():
        for split in SPLITS:
            with console.status(f"{spec.id}: baseline, {split} split ..."):
                measured = baseline(spec, load(spec, split), sandbox)
            console.print(f"{spec.id}: baseline {100 * measured.accuracy:.2f} % on the {split} split")


def main() -> int:
    """0 when grading can begin; 1 with a sentence when it cannot."""
    console = Console(stderr=True)
    try:
        fetch(console)
        measure(console)
    except GraderError as failure:
        for language in ("ja", "en"):
            sentence = say(failure.code, failure.params, language)
            console.print(f"[red]{sentence.message}[/] {sentence.hint}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
