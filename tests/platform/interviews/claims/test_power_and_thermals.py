"""What the interview questions on power and thermals say, computed."""

import pytest


def test_energy_of_one_inference_above_idle() -> None:
    running = 5.2

    above_idle = (running - 3.1) / 20

    assert above_idle == pytest.approx(0.105)
    assert running / 20 == pytest.approx(0.260)
    assert running * 0.030 == pytest.approx(0.156)
    assert above_idle / 0.030 == pytest.approx(3.5)


def test_halving_the_inference_lengthens_the_battery_by_a_quarter() -> None:
    before, after = 10 / 5.2, 10 / (3.1 + 2.1 / 2)

    assert round(before, 2) == 1.92
    assert round(after, 2) == 2.41
    assert round(after / before, 2) == 1.25


def test_the_clock_explains_most_of_a_slowdown() -> None:
    cold_ms, warm_ms = 18, 31

    clock = 2.4 / 1.5

    assert round(warm_ms / cold_ms, 2) == 1.72
    assert clock == pytest.approx(1.6)
    assert cold_ms * clock == pytest.approx(28.8)


def test_power_allowed_in_a_warmer_room() -> None:
    resistance = (82 - 25) / 6.0

    assert resistance == pytest.approx(9.5)
    assert round((85 - 45) / resistance, 1) == 4.2


def test_a_start_cost_pays_from_the_second_inference() -> None:
    npu, cpu, start = 1.8 * 6, 0.9 * 20, 12.0

    assert (round(npu, 1), round(cpu, 1)) == (10.8, 18.0)
    assert start + npu == pytest.approx(22.8)
    assert round(start / (cpu - npu), 2) == 1.67
    assert start + 2 * npu == pytest.approx(33.6)
    assert 2 * cpu == pytest.approx(36.0)


def test_wakes_a_day_that_a_year_on_20_watt_hours_allows() -> None:
    average_mw = 20 / 8760 * 1e3
    left_mw = average_mw - 0.6 - 0.3
    joules_a_day = left_mw * 1e-3 * 86_400

    assert round(average_mw, 2) == 2.28
    assert round(left_mw, 2) == 1.38
    assert 119 < joules_a_day < 120
    assert int(joules_a_day / (0.8 * 1.5)) == 99
    assert round((99 - 20) / 24, 1) == 3.3
    assert round(0.1e-3 * 86_400, 1) == 8.6
    assert round(0.1e-3 * 86_400 / 1.2) == 7
    assert int((joules_a_day - 20 * 3) / 1.2) == 49
