"""What a data set is to the rest of Karui."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from grader.challenge import EvaluationSet, Items

Downloaded = Callable[[str, float], None]
"""Told the file's name and the fraction of it that has arrived."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """inputs: float32 or int64 [items, ...], ready for a model; labels: [items, ...], as the metric wants them."""

    inputs: Items
    labels: Items = field(repr=False)

    def first(self, items: int | None) -> "Labelled":
        """The first `items` of it, everything where that is None."""
        return Labelled(self.inputs[:items], self.labels[:items])


class Dataset(Protocol):
    """What a data set's module offers. Reading raises ChallengeBroken where the files are missing or altered."""

    def training(self) -> Labelled:
        """What a candidate may learn and calibrate from."""
        ...

    def validation(self) -> Labelled:
        """Items of the training file that are held back to choose between variants."""
        ...

    def calibration(self, items: int) -> Items:
        """The same `items` training inputs every time."""
        ...

    def evaluation(self, split: Literal["public", "hidden"], secret: bytes) -> EvaluationSet:
        """One half of the test items, divided by `secret`."""
        ...

    def is_present(self) -> bool:
        """Whether the files lie on this machine."""
        ...

    def fetch(self, progress: Downloaded = ...) -> None:
        """Download the files that are missing. Raises ChallengeBroken if that fails."""
        ...
