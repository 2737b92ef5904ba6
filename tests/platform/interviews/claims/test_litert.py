"""Arithmetic of the interview questions on LiteRT."""

import numpy as np

from grader.quantization import affine


def test_an_image_scaled_to_minus_one_to_one_in_int8_is_the_byte_minus_128_at_scale_1_over_127_5() -> None:
    pixels = np.arange(256)
    real = pixels / 127.5 - 1.0

    q = affine.quantize(real, np.asarray(1 / 127.5), np.asarray(-1), signed=True)

    assert np.abs(q - (pixels - 128.5)).max() <= 0.5 + 1e-9


def test_an_image_scaled_to_zero_to_one_in_int8_is_exactly_the_byte_minus_128() -> None:
    pixels = np.arange(256)

    scale, zero_point = affine.scale_and_zero_point(0.0, 1.0, signed=True)
    q = affine.quantize(pixels / 255.0, np.asarray(scale), np.asarray(zero_point), signed=True)

    assert zero_point == -128
    assert q.tolist() == (pixels - 128).tolist()


def test_a_score_of_int8_100_at_scale_1_over_256_and_zero_point_minus_128_is_0_89() -> None:
    restored = affine.dequantize(np.asarray([100]), np.asarray(1 / 256), np.asarray(-128))

    assert round(float(restored[0]), 2) == 0.89


def test_byte_200_given_raw_as_int8_reads_as_minus_56_and_thus_0_28_instead_of_0_78() -> None:
    raw = np.asarray([200], np.uint8).view(np.int8)

    wrong = affine.dequantize(raw, np.asarray(1 / 255), np.asarray(-128))

    assert int(raw[0]) == -56
    assert round(float(wrong[0]), 2) == 0.28
    assert round(200 / 255, 2) == 0.78


def test_the_peak_of_an_inverted_residual_block_lies_at_the_depthwise_layer() -> None:
    block, expanded_by_6, expanded_by_4 = 24 * 24 * 16, 24 * 24 * 96, 24 * 24 * 64

    at_expand = block + expanded_by_6
    at_depthwise = block + 2 * expanded_by_6
    at_project = block + expanded_by_6 + block

    assert (block, expanded_by_6) == (9_216, 55_296)
    assert (at_expand, at_depthwise, at_project) == (64_512, 119_808, 73_728)
    assert at_depthwise > 96 * 1024
    assert 96 * 1024 < at_depthwise - block == 110_592
    assert block + 2 * expanded_by_4 == 82_944
    assert 96 * 1024 - 82_944 == 15_360


def test_nine_watt_hours_over_two_years_allow_an_inference_every_39_seconds() -> None:
    average_mw = 0.003 * 3000 * 0.7 / (2 * 365 * 24) * 1000
    joules_a_day = (average_mw - 0.1) / 1000 * 86_400

    inferences = joules_a_day / 0.010

    assert round(average_mw, 2) == 0.36
    assert round(joules_a_day) == 22
    assert 2_200 < inferences < 2_300
    assert round(86_400 / inferences) == 39
