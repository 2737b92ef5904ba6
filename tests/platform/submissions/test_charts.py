"""Where the marks of a chart go."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report import Measured
from submissions.charts import MARGIN_X, WIDTH, AccuracyPlot, LatencyPlot, Scale, shares

figures = st.floats(0.001, 1000)


@given(st.lists(figures, min_size=1))
def test_every_value_and_tick_lies_inside_the_chart(values: list[float]) -> None:
    scale = Scale.around(values)

    for value in [*values, *scale.ticks()]:
        assert MARGIN_X <= scale.x(value) <= WIDTH - MARGIN_X


@given(st.lists(figures, min_size=2, unique=True))
def test_it_has_a_handful_of_round_ticks(values: list[float]) -> None:
    ticks = Scale.around(values).ticks()

    assert 2 <= len(ticks) <= 11
    assert ticks == sorted(set(ticks))


def test_a_larger_value_lies_further_right() -> None:
    scale = Scale.around([0.4, 0.6])

    assert scale.x(0.4) < scale.x(0.5) < scale.x(0.6)


def test_the_latency_plot_has_a_row_for_each_process_and_a_mark_for_each_slice(
    measure: Callable[..., Measured],
) -> None:
    latency = measure(ratio=0.5).latency

    plot = LatencyPlot.of(latency)

    assert [row.number for row in plot.rows] == [1, 2, 3, 4, 5]
    assert all(len(row.slices_x) == 8 for row in plot.rows)
    assert plot.band_x < plot.ratio_x < plot.band_x + plot.band_width
    assert plot.rows[-1].y < plot.axis_y < plot.height


def test_the_ratio_of_a_process_is_that_of_its_least_times(measure: Callable[..., Measured]) -> None:
    latency = measure(ratio=0.5).latency
    process = latency.processes[0]

    row = LatencyPlot.of(latency).rows[0]

    assert row.ratio == min(process.entry_min_ns) / min(process.reference_min_ns)


def test_the_accuracy_plot_puts_the_gate_left_of_the_baseline(measure: Callable[..., Measured]) -> None:
    plot = AccuracyPlot.of(measure().accuracy)

    assert plot.gate_x < plot.baseline_x
    assert plot.interval_x[0] < plot.value_x < plot.interval_x[1]


def test_shares_fill_the_bar_without_gaps() -> None:
    pieces = shares({"int8": 300, "float32": 100, "empty": 0})

    assert [(piece.name, piece.fraction) for piece in pieces] == [("int8", 0.75), ("float32", 0.25)]
    assert pieces[0].x == 0
    assert pieces[1].x == pytest.approx(pieces[0].width)
    assert pieces[1].x + pieces[1].width == pytest.approx(WIDTH)


def test_nothing_has_no_shares() -> None:
    assert shares({}) == []
