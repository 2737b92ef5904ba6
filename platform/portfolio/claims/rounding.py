"""Rounding to a number of decimals that never leaves the safe side: exact, because floats are read as they are."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def down(value: float, decimals: int) -> Decimal:
    """The largest number with so many decimals that is not above the value."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR)


def up(value: float, decimals: int) -> Decimal:
    """The smallest number with so many decimals that is not below the value."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING)
