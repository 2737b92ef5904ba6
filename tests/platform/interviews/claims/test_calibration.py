"""What the questions on calibration claim about outliers, wrong preprocessing and ONNX Runtime's calibrators."""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.calibrate import HistogramCollector, create_calibrator

from grader.quantization.affine import dequantize, quantize, scale_and_zero_point, sqnr_db
from tests.platform.interviews.claims.networks import Batches, three_convolutions


def activation_scales(source: Path, target: Path, method: CalibrationMethod) -> dict[str, float]:
    with contextlib.redirect_stdout(io.StringIO()):
        quantize_static(
            source,
            target,
            Batches(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=method,
        )
    initializers = onnx.load(target).graph.initializer
    return {
        item.name: float(numpy_helper.to_array(item))
        for item in initializers
        if item.name.startswith(("input", "r")) and item.name.endswith("_scale")
    }


def calibrated_by_percentile(x: np.ndarray[Any, Any], percentile: float, *, symmetric: bool) -> float:
    collector = HistogramCollector("percentile", symmetric, 2048, 128, percentile, "same")
    with contextlib.redirect_stdout(io.StringIO()):
        collector.collect({"x": [x]})
        return float(collector.compute_collection_result()["x"][1])


def widths(source: Path, scratch: Path, **options: int) -> dict[str, float]:
    calibrator = create_calibrator(
        source, ["Conv"], str(scratch), calibrate_method=CalibrationMethod.Entropy, extra_options=options
    )
    with contextlib.redirect_stdout(io.StringIO()):
        calibrator.collect_data(Batches())
        ranges = calibrator.compute_data().data
    return {name: float(entry.range_value[1] - entry.range_value[0]) for name, entry in ranges.items()}


def round_trip(x: np.ndarray[Any, Any], high: float) -> np.ndarray[Any, Any]:
    scale, zero_point = scale_and_zero_point(0, high)
    codes = quantize(x, np.array(scale), np.array(zero_point), signed=False)
    return dequantize(codes, np.array(scale), np.array(zero_point))


def test_clipping_a_tenfold_outlier_of_one_in_10_000_is_63_times_worse_in_squared_error() -> None:
    wide_step, narrow_step, frequency = 60 / 255, 6 / 255, 1e-4

    keep = wide_step**2 / 12
    clip = narrow_step**2 / 12 + frequency * (60 - 6) ** 2

    assert round(keep, 5) == 0.00461
    assert round(clip, 4) == 0.2916
    assert round(clip / keep) == 63


def test_clipping_pays_below_one_outlier_in_640_000() -> None:
    break_even = (60**2 - 6**2) / (12 * 255**2) / (60 - 6) ** 2
    milder = (12**2 - 6**2) / (12 * 255**2) / (12 - 6) ** 2

    assert round(break_even * 1e6, 2) == 1.57
    assert 630_000 < 1 / break_even < 645_000
    assert round(milder * 1e6, 1) == 3.8
    assert 255_000 < 1 / milder < 265_000


def test_the_values_below_the_outlier_gain_20_db_and_256_levels() -> None:
    x = np.random.default_rng(0).uniform(0, 6, 100_000).astype(np.float32)

    wide, narrow = round_trip(x, 60), round_trip(x, 6)

    assert round(sqnr_db(x, wide)) == 34
    assert round(sqnr_db(x, narrow)) == 54
    assert len(np.unique(wide)) == 26
    assert len(np.unique(narrow)) == 256


def test_the_percentile_calibrator_defaults_to_99_999_of_the_absolute_values(tmp_path: Path) -> None:
    three_convolutions(tmp_path / "float.onnx")

    calibrator = create_calibrator(
        tmp_path / "float.onnx", ["Conv"], str(tmp_path / "a.onnx"), calibrate_method=CalibrationMethod.Percentile
    )

    assert (calibrator.percentile, calibrator.symmetric) == (99.999, True)


def test_two_sided_99_99_keeps_an_outlier_of_one_in_10_000_and_99_9_cuts_it_either_way() -> None:
    x = np.random.default_rng(0).uniform(0, 6, 100_000).astype(np.float32)
    x[:10] = 60

    default = calibrated_by_percentile(x, 99.999, symmetric=True)
    two_sided = calibrated_by_percentile(x, 99.99, symmetric=False)
    cut = [calibrated_by_percentile(x, 99.9, symmetric=symmetric) for symmetric in (True, False)]

    assert min(default, two_sided) > 59
    assert max(cut) < 6.1


def test_if_a_tenth_is_night_the_99_9th_percentile_of_all_is_the_99th_of_the_night() -> None:
    rng = np.random.default_rng(0)
    day, night = rng.uniform(0, 1, 90_000), rng.uniform(2, 8, 10_000)

    limit = np.percentile(np.concatenate([day, night]), 99.9)

    assert np.isclose(limit, np.percentile(night, 99), rtol=1e-3)
    assert round(100 * float((night > limit).mean()), 1) == 1.0


def test_calibrating_on_raw_pixels_leaves_three_levels_of_the_normalised_input() -> None:
    scale, zero_point = scale_and_zero_point(0, 255)
    pixels = np.arange(256)

    codes = quantize((pixels / 255 - 0.45) / 0.225, np.array(scale), np.array(zero_point), signed=False)

    assert (scale, zero_point) == (1.0, 0)
    assert list(np.unique(codes)) == [0, 1, 2]
    assert int(pixels[(pixels / 255 - 0.45) < 0].max()) + 1 == 115
    assert round((1 / 0.225) / 255, 4) == 0.0174


def test_fifty_night_images_miss_a_two_percent_scene_in_36_percent_of_cases_and_200_in_2() -> None:
    missed = {n: (1 - 0.02) ** n for n in (50, 200)}

    assert round(100 * missed[50]) == 36
    assert round(100 * missed[200], 1) == 1.8


def test_entropy_calibration_with_default_bins_gives_the_scales_of_minmax(tmp_path: Path) -> None:
    source = tmp_path / "float.onnx"
    three_convolutions(source)

    minmax = activation_scales(source, tmp_path / "minmax.onnx", CalibrationMethod.MinMax)
    entropy = activation_scales(source, tmp_path / "entropy.onnx", CalibrationMethod.Entropy)

    assert len(minmax) == 4
    assert entropy == minmax


def test_entropy_calibration_with_512_bins_narrows_four_of_six_ranges(tmp_path: Path) -> None:
    source = tmp_path / "float.onnx"
    three_convolutions(source)

    default = widths(source, tmp_path / "a.onnx")
    fine = widths(source, tmp_path / "b.onnx", num_bins=512)

    narrower = sum(fine[name] < 0.99 * default[name] for name in default)
    assert (narrower, len(default)) == (4, 6)


def test_an_override_of_rmin_and_rmax_sets_the_range_of_a_tensor(tmp_path: Path) -> None:
    source, target = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    three_convolutions(source)

    quantize_static(
        source,
        target,
        Batches(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"TensorQuantOverrides": {"r0": [{"rmin": np.float32(0), "rmax": np.float32(2.55)}]}},
    )

    scales = {item.name: item for item in onnx.load(target).graph.initializer}
    assert np.isclose(numpy_helper.to_array(scales["r0_scale"]), 0.01)
