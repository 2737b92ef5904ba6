"""Does this machine measure as it must? A model against itself loses no answer and takes as long as itself."""

from dataclasses import dataclass

from challenges.judge import baseline
from challenges.registry import find, load
from grader.entry import Entry
from grader.evaluation import examine
from grader.pipeline import timed
from grader.sandbox.base import Sandbox
from grader.stages import Watch, silent

KNOWN = "int8_fashion"  # the challenge whose baseline is the known model: its data is on every machine
OFF_BY = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured: the drop of accuracy, as a fraction, and the ratio of latencies with its 95 % interval."""

    drop: float
    ratio: float
    interval: tuple[float, float]

    @property
    def is_right(self) -> bool:
        """Whether the figures are what they are known to be, as far as the interval can tell."""
        low, high = self.interval
        return self.drop == 0 and low <= 1 + OFF_BY and high >= 1 - OFF_BY


def self_test(sandbox: Sandbox) -> Found:
    """Grade the known model against itself, on public items. Raises GraderError."""
    challenge = load(find(KNOWN), "public")
    watch = Watch(silent)
    itself = Entry("baseline.onnx", challenge.reference)
    evaluated = examine(itself, challenge, baseline(challenge, sandbox), sandbox, watch)
    latency = timed(evaluated, challenge, sandbox, watch).latency
    return Found(evaluated.facts.accuracy.drop, latency.ratio, latency.interval)
