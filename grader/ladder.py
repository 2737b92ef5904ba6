"""The quantize ladder: one float model on every rung of post-training quantization, to see where accuracy breaks."""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from grader.report import AccuracyFacts, EntryFacts, Finding

SCHEMA = "karui-ladder/1"


class RungName(StrEnum):
    """The rungs in the order in which they are climbed."""

    FP32 = "fp32"
    DYNAMIC_INT8 = "dynamic_int8"
    STATIC_PER_TENSOR = "static_per_tensor"
    STATIC_PER_CHANNEL = "static_per_channel"
    WEIGHT_ONLY_INT4 = "weight_only_int4"


@dataclass(frozen=True, slots=True, kw_only=True)
class RungFigures:
    """What one rung measures. Accuracy and its paired drop are against the challenge's baseline, by exact arithmetic.

    latency: CPU time over the baseline's, with a wide interval, because only three processes are timed.
    """

    size_bytes: int
    memory_bytes: int
    accuracy: AccuracyFacts
    latency: float
    latency_interval: tuple[float, float]

    @property
    def breaks(self) -> bool:
        """Whether the drop is beyond the gate by more than chance explains."""
        return self.accuracy.drop_interval[0] > self.accuracy.max_drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung: its figures, or the reason why there are none."""

    name: RungName
    figures: RungFigures | None = None
    failure: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderReport:
    """Every rung of one entry on the public items. breaks_at: the first rung whose drop is beyond the gate, if any."""

    challenge: str
    challenge_version: int
    entry: EntryFacts
    rungs: tuple[Rung, ...]
    breaks_at: RungName | None = None
    environment: dict[str, str | int | float] = field(default_factory=dict)
    schema: str = SCHEMA

    def to_json(self) -> bytes:
        """UTF-8 JSON of the whole ladder."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> "LadderReport":
        """Read a stored ladder. Raises msgspec.ValidationError if it is not one of this schema."""
        return msgspec.json.decode(data, type=cls)
