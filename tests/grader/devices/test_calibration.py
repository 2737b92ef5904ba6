"""Cost coefficients from published timings: stored counts, the fit, and the report that the command prints."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grader.devices.calibration import __main__ as command
from grader.devices.calibration import fit, measure
from grader.devices.calibration.fetch import Fetched
from grader.devices.calibration.points import STORED, Measured, Points, Published, Tools, published
from grader.devices.calibration.report import fitted, points_of, report
from grader.devices.targets import Device, devices

PIS = ("pi4", "pi5")
COUNTS = st.integers(0, 1000).map(float)
README = """\
### Another board
loop_count = 4
num_threads = 1
powersave = 0
gpu_device = -1
          squeezenet  min =    1.00  max =    2.00  avg =    1.50

### Our board (1.8GHz x 4)
```
loop_count = 4
num_threads = 4
powersave = 0
gpu_device = -1
          squeezenet  min =    3.00  max =    4.00  avg =    3.50

loop_count = 4
num_threads = 1
powersave = 0
gpu_device = 0
          squeezenet  min =    5.00  max =    6.00  avg =    5.50

loop_count = 4
num_threads = 1
powersave = 0
gpu_device = -1
          squeezenet  min =    7.25  max =    8.00  avg =    7.50
    yolo-fastest-1.1  min =    9.00  max =    9.50  avg =    9.20
```

### A third board
"""


@pytest.fixture(scope="module")
def stored() -> Measured:
    return Measured.read(STORED)


def fetched_sources(folder: Path) -> Fetched:
    benchmark = folder / "sources/pip/package/src/ncnn/benchmark"
    benchmark.mkdir(parents=True, exist_ok=True)
    (benchmark / "README.md").write_text(README)
    (benchmark / "benchncnn.cpp").write_text('f(\n  "squeezenet", ncnn::Mat(227, 228, 3), opt);\n')
    return Fetched(folder)


@pytest.mark.parametrize("name", [name for name, device in devices().items() if device.fitted])
def test_the_stored_counts_give_the_coefficients_of_the_targets(stored: Measured, name: str) -> None:
    cost = devices()[name].cost

    assert fitted(stored, name).tolist() == [cost.instruction, cost.level1_miss, cost.level2_miss]


@pytest.mark.parametrize("name", [name for name, device in devices().items() if device.fitted])
def test_the_targets_say_how_far_off_networks_are_that_were_left_out(stored: Measured, name: str) -> None:
    points, error = points_of(stored, name), devices()[name].error
    off = np.abs(fit.left_out_errors(points.counts, points.cycles))

    assert error is not None
    assert (error.median, error.worst) == (round(float(np.median(off)), 3), round(float(off.max()), 3))


@pytest.mark.parametrize("name", PIS)
def test_estimates_order_the_networks_as_the_boards_do(stored: Measured, name: str) -> None:
    points = points_of(stored, name)
    estimated = points.counts @ fitted(stored, name)

    assert len(points.networks) >= 15
    assert fit.spearman(points.published_ms, estimated) >= 0.95


@pytest.mark.parametrize("name", PIS)
def test_networks_in_int8_are_among_them(stored: Measured, name: str) -> None:
    networks = points_of(stored, name).networks

    assert sum(network.endswith("_int8") and network.removesuffix("_int8") in networks for network in networks) >= 3


@pytest.mark.parametrize("name", published())
def test_the_timings_were_taken_at_the_clock_of_the_target(name: str) -> None:
    assert published()[name].clock_ghz == devices()[name].clock_ghz


def test_the_report_says_how_far_off_each_network_and_the_whole_are() -> None:
    counts = {"a": (100_000_000, 1_000_000, 0), "b": (200_000_000, 9_000_000, 0), "b_int8": (400_000_000, 0, 30_000)}
    text = report(Measured(tools=Tools(ncnn="1", qemu="7", counter="c"), counts={"pi4": counts_named(counts)}), PIS)
    points = points_of(
        Measured(tools=Tools(ncnn="1", qemu="7", counter="c"), counts={"pi4": counts_named(counts)}), "pi4"
    )
    left_out = np.abs(fit.left_out_errors(points.counts, points.cycles))

    for network, error in zip(points.networks, left_out, strict=True):
        assert f"{error:.1%}" in next(line for line in text.splitlines() if line.startswith(network))
    assert f"median {np.median(left_out):.1%}, maximum {left_out.max():.1%}" in text
    assert "int8 speed-up of squeezenet: published 1.06, estimated" in text
    assert "Raspberry Pi 5" not in text  # nothing was counted for it


def test_a_device_with_too_few_networks_gets_no_fit() -> None:
    tools = Tools(ncnn="1", qemu="7", counter="c")

    text = report(Measured(tools=tools, counts={"pi5": {"mobilenet": (1, 1, 1)}}), PIS)

    assert text.endswith("Raspberry Pi 5: too few networks for a fit")


def counts_named(counts: Mapping[str, tuple[int, int, int]]) -> dict[str, tuple[int, int, int]]:
    """The rows under names of published networks."""
    return dict(zip(("mobilenet", "squeezenet", "squeezenet_int8"), counts.values(), strict=True))


def test_the_command_prints_the_stored_figures_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["calibration", "--devices", "pi5"])

    assert command.main() == 0

    said = capsys.readouterr().out
    assert "Raspberry Pi 5, Cortex-A76 at 2.4 GHz" in said
    assert "Raspberry Pi 4" not in said


def test_where_there_is_no_emulator_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["calibration", "--measure", str(tmp_path / "new")])
    monkeypatch.setenv("PATH", str(tmp_path))

    assert command.main() == 1

    assert "clang" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@given(arrays(np.float64, (6, 3), elements=COUNTS), arrays(np.float64, 6, elements=COUNTS))
def test_no_coefficient_is_negative_and_none_could_do_better(features: np.ndarray, wanted: np.ndarray) -> None:
    solution = fit.non_negative(features, wanted)

    gradient = features.T @ (features @ solution - wanted)
    tolerance = 1e-6 * max(1.0, float(np.abs(features.T @ wanted).max()))
    assert np.all(solution >= 0)
    assert np.all(gradient >= -tolerance)
    assert np.all(np.abs(gradient[solution > 0]) <= tolerance)


def test_costs_that_explain_the_times_exactly_are_found() -> None:
    counts = np.random.default_rng(0).uniform(1, 100, (20, 3))

    assert fit.coefficients(counts, counts @ [0.5, 12.0, 30.0]).tolist() == [0.5, 12.0, 30.0]


def test_a_network_that_is_left_out_has_no_say_in_its_estimate() -> None:
    counts = np.random.default_rng(0).uniform(1, 100, (8, 3))
    cycles = counts @ [0.5, 12.0, 30.0]
    cycles[3] *= 2  # an outlier

    left_out = fit.left_out_errors(counts, cycles)

    assert left_out[3] == pytest.approx(-0.5)
    assert np.abs(fit.errors(counts, cycles, fit.coefficients(counts, cycles)))[3] < 0.5


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20, unique=True))
def test_the_rank_correlation_sees_order_only(values: list[int]) -> None:
    numbers = np.array(values, dtype=np.float64)

    assert fit.spearman(numbers, numbers**3) == pytest.approx(1.0)
    assert fit.spearman(numbers, -numbers) == pytest.approx(-1.0)


def test_equal_values_share_their_rank() -> None:
    assert fit.spearman(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4])) == pytest.approx(0.9486832980505138)


def test_only_pairs_that_are_far_enough_apart_are_asked_for_their_order() -> None:
    published_ms, estimated_ms = np.array([100.0, 110, 200]), np.array([100.0, 90, 95])

    assert fit.pairs_in_order(published_ms, estimated_ms, 0.2) == (1, 2)
    assert fit.pairs_in_order(published_ms, estimated_ms, 0.05) == (1, 3)


def test_networks_are_those_both_published_and_counted() -> None:
    board = Published(section="board", clock_ghz=2.0, least_ms={"a": 1.0, "b": 2.0})

    points = Points.of(board, {"b": (5, 6, 7), "c": (8, 9, 10)})

    assert points.networks == ("b",)
    assert points.cycles.tolist() == [4e6]
    assert points.counts.tolist() == [[5, 6, 7]]


def test_counts_come_back_as_they_were_written(tmp_path: Path, stored: Measured) -> None:
    stored.write(tmp_path / "counts.toml")

    assert Measured.read(tmp_path / "counts.toml") == stored


def test_the_source_is_read_for_one_thread_of_the_processor(tmp_path: Path) -> None:
    fetched = fetched_sources(tmp_path)

    assert fetched.least_ms("Our board (1.8GHz x 4)") == {"squeezenet": 7.25, "yolo-fastest-1.1": 9.0}
    assert fetched.input_shapes() == {"squeezenet": (227, 228, 3)}


def test_a_figure_that_is_not_the_source_s_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = fetched_sources(tmp_path)
    board = Published(
        section="Our board (1.8GHz x 4)", clock_ghz=1.8, least_ms=fetched.least_ms("Our board (1.8GHz x 4)")
    )
    monkeypatch.setattr(measure, "published", lambda: {"pi4": board})
    measure.check_published(fetched)
    forged = Published(section=board.section, clock_ghz=1.8, least_ms={**board.least_ms, "squeezenet": 7.24})
    monkeypatch.setattr(measure, "published", lambda: {"pi4": forged})

    with pytest.raises(ValueError, match="pi4"):
        measure.check_published(fetched)


def test_a_measurement_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    tools = Tools(ncnn="0", qemu="0", counter="c")

    def inference(
        bench: measure.Bench, device: Device, network: str, shape: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        asked.append(f"{device.name} {network} {shape}")
        return len(asked), 0, 0

    monkeypatch.setattr(measure.Bench, "inference", inference)
    monkeypatch.setattr(measure, "fetch", lambda folder: fetched_sources(tmp_path))
    monkeypatch.setattr(measure, "check_published", lambda fetched: None)
    monkeypatch.setattr(measure, "_lab", lambda folder: None)
    monkeypatch.setattr(measure, "_tools", lambda: tools)
    Measured(tools=tools, counts={"pi4": {"mobilenet": (9, 9, 9)}}).write(tmp_path / "counts.toml")

    measured = measure.measure(tmp_path, ["pi4"], ["mobilenet", "squeezenet"], lambda line: None)

    assert asked == ["pi4 squeezenet (227, 228, 3)"]
    assert measured.counts["pi4"] == {"mobilenet": (9, 9, 9), "squeezenet": (1, 0, 0)}
    assert Measured.read(tmp_path / "counts.toml") == measured

    newer = Tools(ncnn="0", qemu="0", counter="d")
    monkeypatch.setattr(measure, "_tools", lambda: newer)
    measured = measure.measure(tmp_path, ["pi4"], ["squeezenet"], lambda line: None)

    assert measured == Measured(tools=newer, counts={"pi4": {"squeezenet": (2, 0, 0)}})
