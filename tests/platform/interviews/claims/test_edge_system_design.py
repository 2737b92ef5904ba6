"""What the interview questions on edge system design say, computed."""

from itertools import product

import pytest

Task = tuple[int, list[int]]
"""Period and uninterruptible pieces of a model, in ms."""


def test_a_pipeline_raises_the_rate_and_not_the_delay() -> None:
    stages = {"isp": 8, "before": 6, "npu": 22, "after": 5, "draw": 4}

    delay = sum(stages.values())

    assert delay == 45
    assert round(1000 / delay, 1) == 22.2
    assert round(1000 / max(stages.values()), 1) == 45.5
    assert stages["before"] + stages["after"] == 11
    assert stages["npu"] * 30 / 1000 == pytest.approx(0.66)


def test_the_phone_budget_leaves_15_ms_and_three_billion_macs() -> None:
    budget_ms = 33 - 4 - 3 - 4 - 7

    macs = budget_ms / 1e3 * 0.2e12

    assert budget_ms == 15
    assert macs == pytest.approx(3e9)


def test_detecting_every_third_frame_saves_four_percent_of_the_battery_an_hour() -> None:
    every = 2 * 0.015 * 30
    third = every / 3

    assert every == pytest.approx(0.9)
    assert third == pytest.approx(0.3)
    assert (every - third) / 15 == pytest.approx(0.04)
    assert round(2 * 1000 / 30) == 67
    assert round((every - third) * 10 / 60 / 15 * 100, 1) == 0.7


def responses(tasks: list[Task], first: list[int], until: int = 600) -> list[int]:
    """Longest response of each task, most urgent first, if pieces once started are never interrupted. In ms."""
    jobs = sorted(
        (release, rank)
        for rank, ((period, _), offset) in enumerate(zip(tasks, first, strict=True))
        for release in range(offset, until, period)
    )
    longest, waiting, now = [0] * len(tasks), list[tuple[int, int, int]](), 0
    while jobs or waiting:
        while jobs and jobs[0][0] <= now:
            release, rank = jobs.pop(0)
            waiting.append((rank, release, 0))
        if not waiting:
            now = jobs[0][0]
            continue
        rank, release, piece = urgent = min(waiting)
        waiting.remove(urgent)
        now += tasks[rank][1][piece]
        if piece + 1 < len(tasks[rank][1]):
            waiting.append((rank, release, piece + 1))
        else:
            longest[rank] = max(longest[rank], now - release)
    return longest


def worst_responses(tasks: list[Task]) -> list[int]:
    """The longest of `responses` over all phases of the two faster models, found in steps of 1 ms, which is added back.

    A piece that starts just before an urgent job is released blocks it for its whole length; on the grid 1 ms less.
    """
    found = [responses(tasks, [forward, monitor, 0]) for forward, monitor in product(range(33), range(66))]
    return [max(response[rank] for response in found) + 1 for rank in range(len(tasks))]


def test_a_long_layer_blocks_the_urgent_model_although_the_load_is_76_percent() -> None:
    load = 12 / 33 + 18 / 66 + 60 / 500

    forward, *_ = worst_responses([(33, [12]), (66, [18]), (500, [60])])

    assert round(load, 2) == 0.76
    assert forward == 60 + 12


def test_pieces_of_20_ms_keep_the_urgent_model_at_32_ms_and_the_second_at_50() -> None:
    forward, monitor, _ = worst_responses([(33, [12]), (66, [18]), (500, [20] * 3)])

    assert forward == 32
    assert monitor == 50


def test_what_shorter_pieces_and_a_faster_urgent_model_buy() -> None:
    shorter, *_ = worst_responses([(33, [12]), (66, [18]), (500, [10] * 6)])
    both, monitor, _ = worst_responses([(33, [12]), (66, [9] * 2), (500, [10] * 6)])
    faster, *_ = worst_responses([(33, [9]), (66, [9] * 2), (500, [10] * 6)])

    assert (shorter, both, faster) == (30, 22, 19)
    assert monitor <= 66


def test_bytes_a_month_of_one_camera() -> None:
    per_second = 2e6 / 8
    results = 1_000 * 50 * 30

    assert per_second * 86_400 * 30 / 1e9 == pytest.approx(648)
    assert per_second * 10 * 50 * 30 / 1e9 == pytest.approx(3.75)
    assert results / 1e6 == pytest.approx(1.5)
    assert per_second * 10 * 5_000 * 30 / 1e9 == pytest.approx(375)
    assert round(375 / 648, 2) == 0.58


def test_stages_outside_the_model_in_the_slow_app() -> None:
    assert 41 - 14 == 27
    assert 11 + 16 + 5 + 9 == 41
    assert 1920 * 1080 * 3 * 4 == 24_883_200
    assert 320 * 320 * 3 * 4 == 1_228_800
    assert 1920 * 1080 / (320 * 320) == 20.25


def test_two_stages_find_no_more_than_the_first_one_sends() -> None:
    assert round(0.95 * 0.98 * 100, 1) == 93.1


def test_ssdlite_at_320_pixels_fits_at_a_third_of_the_assumed_rate() -> None:
    macs, rate = 0.8e9, 0.2e12

    assert macs / (rate / 3) * 1e3 == pytest.approx(12)


@pytest.mark.parametrize(("side", "billions", "cells"), [(256, 0.51, 2.6), (320, 0.80, 3.2), (416, 1.35, 4.2)])
def test_work_and_cells_of_an_object_by_input_size(side: int, billions: float, cells: float) -> None:
    assert round(0.8 * (side / 320) ** 2, 2) == billions
    assert round(0.08 * side / 8, 1) == cells


def test_an_object_of_8_percent_covers_too_little_at_stride_16() -> None:
    pixels = 0.08 * 320

    assert round(pixels) == 26
    assert round(pixels / 16, 1) == 1.6


def test_a_slower_detector_on_every_third_frame_saves_nothing() -> None:
    seconds_between = 3 / 30

    assert seconds_between == pytest.approx(0.100)
    assert 2 * 0.045 / seconds_between == pytest.approx(0.9)
