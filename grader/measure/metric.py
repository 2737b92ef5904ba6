"""Which figure says how good an entry's answers are: a table of names, each module with `value` and `facts`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from grader.challenge import Items
from grader.report import AccuracyFacts


class Metric(Protocol):
    """Computed outside the sandbox from finite outputs and from labels, both [items, ...]."""

    def value(self, outputs: Items, labels: Items) -> float:
        """The figure itself, 0 to 1, higher is better."""
        ...

    def facts(self, baseline: Items, exact: Items, kernels: Items, labels: Items, max_drop: float) -> AccuracyFacts:
        """An entry's figure beside the baseline's, with intervals, from three sets of outputs."""
        ...


METRICS: Mapping[str, str] = {"accuracy": "grader.measure.accuracy", "map50": "grader.measure.detection"}


def metric(name: str) -> Metric:
    """The metric of that name. Raises KeyError for one that does not exist."""
    return cast(Metric, import_module(METRICS[name]))
