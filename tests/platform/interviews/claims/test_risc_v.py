"""Arithmetic of the interview questions on RISC-V."""

import numpy as np


def test_a_16_bit_accumulator_holds_two_int8_products_and_not_three() -> None:
    product = 128 * 127

    assert product == 16_256
    assert 2 * product == 32_512 <= 32_767 < 3 * product == 48_768


def test_with_minus_128_as_a_weight_even_two_products_overflow() -> None:
    with np.errstate(over="ignore"):
        total = np.int16(-128 * -128) + np.int16(-128 * -128)

    assert 2 * 128 * 128 == 32_768
    assert int(total) == -32_768


def test_weights_within_63_allow_four_products() -> None:
    assert 4 * 128 * 63 == 32_256 <= 32_767 < 5 * 128 * 63


def test_256_products_two_at_a_time_need_128_widening_additions() -> None:
    assert 256 // 2 == 128


def test_an_int8_group_of_one_register_needs_two_for_products_and_four_for_sums() -> None:
    vlen = 128
    lanes = vlen // 8

    assert lanes == 16
    assert lanes * 16 // vlen == 2
    assert lanes * 32 // vlen == 4
    assert 32 // 8 == 4


def test_doubling_lmul_cuts_the_raw_count_by_37_percent_and_the_weighted_one_by_10() -> None:
    assert round(1 - 324_125 / 515_609, 2) == 0.37
    assert round(1 - 533_049 / 593_451, 2) == 0.10


def test_the_scalar_kernel_needs_14_times_the_instructions_of_the_vector_kernel() -> None:
    assert round(7_374 / 516, 1) == 14.3
    assert round(7_374 / 593.451, 1) == 12.4


def test_a_custom_matrix_unit_that_speeds_up_60_percent_tenfold_gives_2_2_overall() -> None:
    assert round(1 / (0.4 + 0.6 / 10), 2) == 2.17
    assert round(1 / (0.4 / 4 + 0.6 / 10), 2) == 6.25


def test_37_percent_fewer_instructions_in_2_percent_less_time_are_1_56_times_the_cycles_each() -> None:
    assert round(0.98 / 0.63, 2) == 1.56
