"""Set-up, once per machine: `python -m challenges.prepare` gets missing data, measures every baseline and,
where there is a device lab, counts what the references of kernels take.

With `--data` it only gets the data: whoever needs a baseline then measures it.
Measured baselines are kept, so a second run takes a moment. A data set that cannot be had holds up its own challenges
and no others.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

from rich.console import Console

from challenges.datasets import DATASETS
from challenges.fetching import fetch_dataset
from challenges.judge import baseline
from challenges.kernels.judge import kernel_baseline, load_kernel
from challenges.lab import lab
from challenges.registry import catalogue, kernels, load
from challenges.spec import ChallengeSpec
from grader.challenge import Split
from grader.errors import ChallengeBroken, GraderError
from grader.sandbox import open_sandbox
from grader.sandbox.base import Sandbox
from grader.wording import LANGUAGES, say

SPLITS: tuple[Split, ...] = ("public", "hidden")


def fetch(console: Console) -> set[str]:
    """Get the data sets that are not on this machine, and give the names of those that cannot be had."""
    absent = set()
    for name in DATASETS:
        try:
            fetch_dataset(name)
        except ChallengeBroken as failure:
            absent.add(name)
            tell(failure, console)
    return absent


def measure(spec: ChallengeSpec, split: Split, sandbox: Sandbox, console: Console) -> None:
    """Measure one challenge's baseline on one split, or read what is kept of it. Raises GraderError."""
    measured = baseline(load(spec, split), sandbox)
    console.print(f"{spec.id}: baseline {100 * measured.accuracy:.2f} % on the {split} split")


def measure_all(specs: Sequence[ChallengeSpec], sandbox: Sandbox, console: Console) -> None:
    """Measure every baseline on both splits, on all cores: nothing is timed here. Raises GraderError."""
    sharing = defaultdict(list)  # challenges with the same file are served one after the other: it is measured once
    for spec, split in product(specs, SPLITS):
        sharing[spec.baseline_path.read_bytes(), split].append((spec, split))
    with console.status("measuring the baselines ..."), ThreadPoolExecutor(os.cpu_count()) as pool:
        for job in [pool.submit(measure_shared, each, sandbox, console) for each in sharing.values()]:
            job.result()


def measure_shared(served: Iterable[tuple[ChallengeSpec, Split]], sandbox: Sandbox, console: Console) -> None:
    """One job: the same baseline for all of these. Raises GraderError."""
    for spec, split in served:
        measure(spec, split, sandbox, console)


def count_all(sandbox: Sandbox, console: Console) -> None:
    """Count every kernel's reference on hidden calls. Raises GraderError."""
    for spec in kernels().values():
        kernel_baseline(load_kernel(spec, "hidden"), sandbox)
        console.print(f"{spec.id}: the reference is counted")


def tell(failure: GraderError, console: Console) -> None:
    """What went wrong and what to do, in every language, since nobody has chosen one yet."""
    for language in LANGUAGES:
        sentence = say(failure.code, failure.params, language)
        console.print(f"[red]{sentence.message}[/] {sentence.hint}")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when grading can begin, if only for those challenges whose data is here; 1 with a sentence when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m challenges.prepare")
    parser.add_argument("--data", action="store_true", help="get the data sets and measure nothing")
    only_data, console = parser.parse_args(arguments).data, Console(stderr=True)
    try:
        absent = fetch(console)
        if only_data:
            return 0
        sandbox = open_sandbox()
        for spec in catalogue().values():
            if spec.dataset in absent:
                console.print(f"{spec.id}: cannot be graded until the data set {spec.dataset} is here")
        measure_all([spec for spec in catalogue().values() if spec.dataset not in absent], sandbox, console)
        if lab().is_whole:
            count_all(sandbox, console)
    except GraderError as failure:
        tell(failure, console)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
