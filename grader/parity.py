"""The same network in several formats: does it answer alike, and what does each form of it cost?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import msgspec
import numpy as np

from grader.challenge import Baseline, Challenge, Items
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.evaluation import entry_facts, examine
from grader.measure import environment
from grader.measure.inside import SAME_ANSWER
from grader.pipeline import estimated, require_lab, timed
from grader.report import EntryFacts, Finding, Measured
from grader.sandbox.base import Sandbox
from grader.scoring import counted_latency, score
from grader.stages import Watch
from grader.stages import silent as no_stage

SCHEMA = "karui-parity/1"
Comparing = Callable[[str, float], None]
"""Told the name of the entry that is measured and the fraction of all that is done, 0 to 1."""


def silent(name: str, fraction: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityFigures:
    """What one entry reached. latency: CPU time over the baseline's in the same runtime; interval: its 95 % one.

    estimated: the ratio on the device that the challenge's target names, where that is what counts.
    """

    accuracy: float
    size_bytes: int
    memory_bytes: int
    latency: float
    latency_interval: tuple[float, float]
    entry_ns: int
    points: float
    estimated: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityEntry:
    """One of the compared files: its figures, or why it has none."""

    name: str
    facts: EntryFacts
    figures: ParityFigures | None = None
    failure: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityPair:
    """How alike two entries answer. first, second: positions among the entries.

    same_answers: fraction of items with the same largest output (for outputs that are no scores: all outputs within
    0.001). Differences are absolute, over every output of every item.
    """

    first: int
    second: int
    same_answers: float
    max_difference: float
    mean_difference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """Entries side by side, in the order in which they were given, and every pair of those that could be measured."""

    challenge: str
    challenge_version: int
    split: str
    items: int
    entries: tuple[ParityEntry, ...]
    pairs: tuple[ParityPair, ...]
    environment: dict[str, str | int | float] = field(default_factory=dict)
    schema: str = SCHEMA

    def to_json(self) -> bytes:
        """UTF-8 JSON of the whole report."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> "ParityReport":
        """Read a stored report. Raises msgspec.ValidationError if it is not one of this schema."""
        return msgspec.json.decode(data, type=cls)


def compare(
    entries: Sequence[Entry], challenge: Challenge, baseline: Baseline, sandbox: Sandbox, progress: Comparing = silent
) -> ParityReport:
    """Measure each entry as a grading would, then hold their outputs against each other.

    Raises GraderError only when we failed, never for what was handed in.
    """
    require_lab(challenge)
    compared: list[ParityEntry] = []
    outputs: dict[int, Items] = {}
    for at, entry in enumerate(entries):
        progress(entry.name, at / len(entries))
        try:
            measured, outputs[at] = _measured(entry, challenge, baseline, sandbox)
        except EntryRejected as refusal:
            failure = Finding(refusal.code, refusal.params)
            compared.append(ParityEntry(name=entry.name, facts=entry_facts(entry), failure=failure))
        else:
            figures = _figures(measured, challenge)
            compared.append(ParityEntry(name=entry.name, facts=entry_facts(entry), figures=figures))
    return ParityReport(
        challenge=challenge.id,
        challenge_version=challenge.version,
        split=challenge.evaluation.split,
        items=len(challenge.evaluation.inputs),
        entries=tuple(compared),
        pairs=tuple(_pairs(outputs)),
        environment=environment.describe(sandbox.backend),
    )


def _measured(entry: Entry, challenge: Challenge, baseline: Baseline, sandbox: Sandbox) -> tuple[Measured, Items]:
    """Everything that a grading measures, and the exact outputs. Raises EntryRejected."""
    watch = Watch(no_stage)
    evaluated = estimated(examine(entry, challenge, baseline, sandbox, watch), challenge, baseline, sandbox, watch)
    return timed(evaluated, challenge, sandbox, watch), evaluated.exact


def _figures(measured: Measured, challenge: Challenge) -> ParityFigures:
    counted = counted_latency(measured, challenge.targets)
    return ParityFigures(
        accuracy=measured.accuracy.value,
        size_bytes=measured.inspection.size_bytes,
        memory_bytes=measured.inspection.memory_bytes,
        latency=measured.latency.ratio,
        latency_interval=measured.latency.interval,
        entry_ns=measured.latency.entry_ns,
        points=score(measured, challenge.targets).points,
        estimated=counted.ratio if counted.device else None,
    )


def _pairs(outputs: dict[int, Items]) -> Iterator[ParityPair]:
    for (first, one), (second, other) in combinations(outputs.items(), 2):
        difference = np.abs(one.astype(np.float64) - other)
        yield ParityPair(
            first=first,
            second=second,
            same_answers=same_share(one, other),
            max_difference=float(difference.max()),
            mean_difference=float(difference.mean()),
        )


def same_share(one: Items, other: Items) -> float:
    """Fraction of items on which two entries say the same. [items, classes] are scores; see `ParityPair`."""
    if one.ndim == 2:
        return float((one.argmax(axis=1) == other.argmax(axis=1)).mean())
    close = np.isclose(one, other, rtol=SAME_ANSWER, atol=SAME_ANSWER)
    return float(close.reshape(len(close), -1).all(axis=1).mean())
