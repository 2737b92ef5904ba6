"""Quantities are read and written as engineers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.desk.quantities import parsed, percent, rate, si, size


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2.7 M", "", 2.7e6),
        ("800M", "", 8e8),
        ("1,200", "", 1200),
        ("64 KiB", "B", 65536),
        ("64 kB", "B", 64000),
        ("12 mW", "W", 0.012),
        ("１２ mW", "W", 0.012),
        ("3 µW", "W", 3e-6),
        ("3 μW", "W", 3e-6),
        ("15 %", "%", 0.15),
        ("15", "%", 0.15),
        ("4 /s", "/s", 4),
        ("2.7e6", "", 2.7e6),
        ("1e9", "W", 1e9),
    ],
)
def test_a_quantity_is_read_in_its_base_unit(text: str, unit: str, value: float) -> None:
    assert parsed(text, unit) == pytest.approx(value)


def test_a_bare_number_means_what_the_field_says() -> None:
    assert parsed("4", "s", "m") == parsed("4 ms", "s", "m") == 0.004
    assert parsed("4 s", "s", "m") == 4


@pytest.mark.parametrize("text", ["", "abc", "-3", "0,8", "nan", "inf", "1e", "1e999", "3 km", "3 W W"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        parsed(text, "W")


@given(st.floats(1e-6, 9.99e14))
def test_what_is_written_reads_back_to_four_digits(value: float) -> None:
    assert parsed(si(value, "W"), "W") == pytest.approx(value, rel=1e-3, abs=1e-9)


@given(st.integers(1, 2**45))
def test_bytes_read_back_to_four_digits(value: int) -> None:
    assert parsed(size(value), "B") == pytest.approx(value, rel=1e-3)


def test_units_are_written_with_a_fitting_prefix() -> None:
    assert [si(2.7e6), si(6, "Wh"), si(0.0078, "W"), si(0, "s")] == ["2.7 M", "6 Wh", "7.8 mW", "0 s"]
    assert [size(65536), size(900), percent(0.15), rate(12.5)] == ["64 KiB", "900 B", "15 %", "12.5 /s"]
