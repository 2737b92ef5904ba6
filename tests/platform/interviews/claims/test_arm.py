"""Arithmetic of the interview questions on Arm, and a simulated cache."""

from collections import OrderedDict


def _misses_in_second_column(stride: int, rows: int) -> int:
    """Lines of 64 bytes that miss when the next column is read, in an LRU cache of 256 sets and 4 ways."""
    sets: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(256)]
    misses = 0
    for column in range(2):
        misses = 0
        for row in range(rows):
            line = (row * stride + column) // 64
            held = sets[line % 256]
            if line in held:
                held.move_to_end(line)
                continue
            misses += 1
            held[line] = None
            if len(held) > 4:
                held.popitem(last=False)
    return misses


def test_a_64_64_256_product_needs_at_least_65536_sdot_instructions() -> None:
    macs = 64 * 64 * 256

    assert macs == 1_048_576
    assert macs // 16 == 65_536
    assert round(126_600 / 65_536, 1) == 1.9


def test_larger_tiles_need_fewer_loads_for_each_sdot() -> None:
    def per_step(rows: int, columns: int) -> tuple[int, int, int]:
        """SDOT, loads and registers of one step over four values of K, operands packed in groups of four rows."""
        sdot, loads = rows * columns // 4, rows // 4 + columns // 4
        return sdot, loads, sdot + loads

    assert per_step(4, 4) == (4, 2, 6)
    assert per_step(8, 8) == (16, 4, 20)
    assert per_step(8, 12) == (24, 5, 29)
    assert per_step(12, 12)[2] > 32
    assert 65_536 + 65_536 * 2 // 4 == 98_304
    assert 65_536 + 65_536 * 4 // 16 == 81_920


def test_two_sdot_a_cycle_at_2_4_ghz_are_76_8_billion_multiply_accumulates_a_second() -> None:
    assert 2 * 16 * 2.4e9 == 76.8e9
    assert round(1_048_576 / 76.8e9 * 1e6, 1) == 13.7


def test_at_a_stride_of_1024_bytes_all_512_rows_miss_again_in_the_next_column_and_at_960_and_1088_none() -> None:
    assert _misses_in_second_column(1024, rows=512) == 512
    assert _misses_in_second_column(960, rows=512) == 0
    assert _misses_in_second_column(1088, rows=512) == 0


def test_rows_of_1024_int32_values_meet_four_sets_only() -> None:
    assert len({row * 1024 * 4 // 64 % 256 for row in range(512)}) == 4


def test_latency_4_and_two_issues_a_cycle_need_eight_accumulators_which_8_by_8_has_and_4_by_4_has_not() -> None:
    assert 4 * 4 // 4 < 4 * 2 <= 8 * 8 // 4


def test_four_fast_and_four_slow_cores_in_equal_shares_finish_with_the_slow_ones() -> None:
    work, fast, slow = 12.0, 1.0, 0.3

    on_four_fast = work / 4 / fast
    on_eight_equal = work / 8 / slow
    ideal = work / (4 * fast + 4 * slow)

    assert on_four_fast == 3.0
    assert round(on_eight_equal, 1) == 5.0
    assert round(ideal, 1) == 2.3


def test_the_measured_instruction_ratios_of_the_int8_resnet8() -> None:
    assert round(6_471 / 5_304, 1) == 1.2
    assert round(6_470 / 3_043, 1) == 2.1


def test_a_column_with_a_stride_of_1024_bytes_meets_16_sets_and_64_lines_of_a_64_kb_4_way_cache() -> None:
    line, ways, sets = 64, 4, 256

    visited = {row * 1024 // line % sets for row in range(512)}
    padded = {row * 1088 // line % sets for row in range(512)}

    assert line * ways * sets == 64 * 1024
    assert len(visited) == 16
    assert len(visited) * ways == 64
    assert len(padded) == 256
    assert 512 * line == 32 * 1024


def test_the_measured_instruction_counts_of_the_gemm_are_50_to_1() -> None:
    assert round(6_333 / 126.6) == 50
    assert round(787 / 126.6, 1) == 6.2
    assert round(459 / 126.6, 1) == 3.6
