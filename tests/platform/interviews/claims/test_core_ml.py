"""Arithmetic of the interview questions on Core ML."""

import numpy as np

from grader.quantization import packing

ROWS, COLUMNS = 3072, 768


def test_a_4_bit_palette_with_one_table_for_16_rows_takes_4_02_bits_a_weight() -> None:
    indices = ROWS * COLUMNS * 4 // 8
    tables = ROWS // 16 * 16 * 2

    total = indices + tables

    assert (indices, tables, total) == (1_179_648, 6_144, 1_185_792)
    assert round(8 * total / (ROWS * COLUMNS), 2) == 4.02
    assert round(ROWS * COLUMNS * 2 / total, 2) == 3.98


def test_4_bit_linear_blocks_of_32_take_4_5_bits_a_weight() -> None:
    size = packing.grouped_size(ROWS, COLUMNS, bits=4, group_size=32)

    assert (size.scale_bytes, size.total_bytes) == (147_456, 1_327_104)
    assert size.bits_per_weight == 4.5
    assert round(ROWS * COLUMNS * 2 / size.total_bytes, 2) == 3.56


def test_the_same_matrix_in_float16_takes_4_5_mib() -> None:
    assert ROWS * COLUMNS * 2 == 4_718_592
    assert 4_718_592 / 2**20 == 4.5


def test_float16_overflows_above_65504_and_is_spaced_1_at_1024() -> None:
    largest = np.finfo(np.float16).max

    with np.errstate(over="ignore"):
        squared = np.float16(300) * np.float16(300)

    assert largest == 65_504
    assert np.isinf(squared)
    assert np.float16(1025) - np.float16(1024) == 1
    assert np.float16(1024.4) == 1024


def test_60_of_200_megabytes_in_float16_are_4_8_bits_a_weight() -> None:
    assert round(200 / 60, 2) == 3.33
    assert round(16 * 60 / 200, 1) == 4.8
    assert 200 * 8 / 16 == 100
    assert 200 * 4 / 16 + 40 * 4 / 16 == 60


def test_tables_of_64_entries_are_1_4_percent_of_6_bit_indices() -> None:
    tables, indices = 192 * 64 * 2, ROWS * COLUMNS * 6 // 8

    assert (tables, indices) == (24_576, 1_769_472)
    assert round(100 * tables / indices, 1) == 1.4


def test_a_bit_for_each_position_pays_above_a_quarter_of_zeros_at_4_bits() -> None:
    assert 1 + 4 * (1 - 0.25) == 4


def test_a_billion_weights_at_4_5_bits_read_in_19_ms_at_30_gb_per_second() -> None:
    gigabytes = 4.5 / 8

    assert round(gigabytes, 2) == 0.56
    assert round(gigabytes / 30 * 1000) == 19
    assert round(30 / gigabytes) == 53
    assert 2 * 24 * 512 * 2 == 49_152
    assert round(49_152 * 2_048 / 1e6) == 101
