"""What a report page shows, drawn from the stored report."""

from collections import Counter
from dataclasses import dataclass

from grader.report import LayerFacts, Measured, NodeFacts, Report
from submissions.charts import AccuracyPlot, LatencyPlot, Share, shares


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """The part of the page that only a graded report has."""

    accuracy_plot: AccuracyPlot
    latency_plot: LatencyPlot
    bytes_by_dtype: list[Share]
    nodes_by_precision: list[Share]
    nodes_by_op: list[tuple[str, str, int]]
    overhead_bytes: int
    layers: tuple[LayerFacts, ...]

    @classmethod
    def of(cls, measured: Measured) -> "MeasuredPage":
        """Arrange what was measured."""
        inspection = measured.inspection
        return cls(
            accuracy_plot=AccuracyPlot.of(measured.accuracy),
            latency_plot=LatencyPlot.of(measured.latency),
            bytes_by_dtype=shares(inspection.bytes_by_dtype),
            nodes_by_precision=shares(Counter(node.precision for node in inspection.nodes)),
            nodes_by_op=count_ops(inspection.nodes),
            overhead_bytes=inspection.size_bytes - sum(inspection.bytes_by_dtype.values()),
            layers=inspection.layers,
        )


def count_ops(nodes: tuple[NodeFacts, ...]) -> list[tuple[str, str, int]]:
    """(operator, precision, how many), the most frequent first."""
    counted = Counter((node.op, node.precision) for node in nodes)
    return [(op, precision, number) for (op, precision), number in counted.most_common()]


def context(report: Report) -> dict[str, object]:
    """For the template of the report."""
    return {"report": report, "page": MeasuredPage.of(report.measured) if report.measured else None}
