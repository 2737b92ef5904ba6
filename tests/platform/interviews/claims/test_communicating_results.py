"""The arithmetic that the interview questions on communicating results state."""


def test_60000_units_at_350_yen_save_21_million_against_a_cost_of_12() -> None:
    saving, cost = 60_000 * 350, 2 * 4 * 1_500_000

    assert (saving, cost) == (21_000_000, 12_000_000)
    assert -(-cost // 350) == 34_286
    assert round(100 * cost / saving) == 57


def test_a_gate_after_one_month_raises_the_expected_gain_from_0_6_to_4_8_million() -> None:
    saving, cost, first_month, chance = 21.0, 12.0, 1.5, 0.6

    without = chance * saving - cost
    gated = chance * (saving - cost) - (1 - chance) * first_month

    assert (round(without, 1), round(gated, 1)) == (0.6, 4.8)


def test_halving_the_inference_energy_of_a_15_percent_share_lengthens_battery_life_by_8_percent() -> None:
    inferences = 86_400 // 10
    total = 0.020 * 86_400
    inference = 0.030 * inferences

    assert (inferences, round(total), round(inference, 1)) == (8640, 1728, 259.2)
    assert round(100 * inference / total) == 15
    assert round(100 * (total / (total - inference / 2) - 1), 1) == 8.1


def test_the_example_report_is_3_66_times_smaller_and_saves_30_percent_of_the_time() -> None:
    assert round(1_233_895 / 337_509, 2) == 3.66
    assert 75_264 / 18_816 == 4
    assert [round(100 * (1 - ratio)) for ratio in (0.7029, 0.6897, 0.7164)] == [30, 31, 28]
    assert round(1 / 0.7029, 2) == 1.42


def test_after_the_first_month_going_on_breaks_even_at_50_percent() -> None:
    assert (12.0 - 1.5) / 21.0 == 0.5


def test_removing_40_percent_of_the_time_gives_1_67_and_a_three_times_faster_model_1_36() -> None:
    whole, model = 50, 20

    assert round(whole / (whole - model), 2) == 1.67
    assert round(whole - model + model / 3, 1) == 36.7
    assert round(whole / (whole - model + model / 3), 2) == 1.36


def test_without_26_ms_of_resizing_50_ms_become_24_which_is_2_1_times_as_fast() -> None:
    model, decoding, resizing = 20, 4, 26

    assert (model + decoding + resizing, model + decoding) == (50, 24)
    assert round(50 / 24, 1) == 2.1


def test_a_model_three_times_as_fast_doubles_the_whole_if_it_takes_75_percent_of_it() -> None:
    assert 1 / (0.25 + 0.75 / 3) == 2
