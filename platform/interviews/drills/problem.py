"""A problem with figures of its own: what is given, what is asked, and what wrong methods would answer."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from typing import Literal, NamedTuple

FLOATS = 1e-9  # what floats do to a value, relative
FLOAT32 = 1e-6  # what the grader's float32 does to the small values of problems
FROM_A_TIE = 0.06
NEAR = 0.01  # relative: a slip on the way, or digits left out
ROUNDED_FROM = 10_000  # smaller whole numbers are codes and counts that nobody rounds


class Rounding(NamedTuple):
    """To which place an answer is asked for."""

    kind: Literal["exact", "decimals", "digits"]
    places: int = 0

    def decimals(self, value: float) -> int:
        """How many places behind the point the value has then; below 0 if the last ones before it are rounded."""
        if self.kind == "exact":
            return len(plain(value).partition(".")[2])
        return self.places if self.kind == "decimals" else self.places - 1 - magnitude(value)


EXACTLY = Rounding("exact")


def decimals(places: int) -> Rounding:
    """So many places behind the point."""
    return Rounding("decimals", places)


def digits(places: int) -> Rounding:
    """So many significant digits."""
    return Rounding("digits", places)


def magnitude(value: float) -> int:
    """The power of ten of the first digit."""
    return math.floor(math.log10(abs(value))) if value else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A value that is asked for. `wrong`: what each wrong method gives; all in `unit`."""

    value: float
    unit: str = ""
    rounding: Rounding = EXACTLY
    wrong: Mapping[str, float] = field(default_factory=dict)

    @property
    def tolerance(self) -> float:
        """One unit in the last place asked for: any way of rounding passes, and a little rounding on the way."""
        last = 0.0 if self.rounding.kind == "exact" else 10.0**-self.decimals
        return max(last * (1 + FLOATS), FLOATS * abs(self.value), FLOAT32)

    def accepts(self, answer: float) -> bool:
        """True if it is right to the place asked for."""
        return abs(answer - self.value) <= self.tolerance

    def method_of(self, answer: float) -> str | None:
        """The wrong method that this answer looks like."""
        near = (name for name, value in self.wrong.items() if abs(answer - value) <= self.tolerance)
        return next(near, None)

    def is_near(self, answer: float) -> bool:
        """True if it is right as far as it goes: fewer digits than asked for, or a slip in the last ones."""
        if self.is_small_and_whole:
            return False
        return abs(answer - self.value) <= NEAR * abs(self.value) or answer in self.shortened()

    @property
    def is_small_and_whole(self) -> bool:
        """True for a code, a position or a count that nobody rounds."""
        return self.rounding.kind == "exact" and self.value == round(self.value) and abs(self.value) < ROUNDED_FROM

    def shortened(self) -> set[float]:
        """The value with two digits or more, but fewer than were asked for."""
        return {round(self.value, places) for places in range(1 - magnitude(self.value), self.decimals)}

    @property
    def tells_methods_apart(self) -> bool:
        """True if no two of right and wrong could be the same answer, not even roughly."""
        apart = 3 * self.tolerance
        return all(abs(one - other) > apart for one, other in combinations([self.value, *self.wrong.values()], 2))

    @property
    def decimals(self) -> int:
        """Places behind the point to which it is asked for."""
        return self.rounding.decimals(self.value)

    @property
    def text(self) -> str:
        """The value as it would be written down: 1,234 and −0.50."""
        return written(self.value, max(0, self.decimals))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few answers in words, which the texts name."""

    value: str
    options: tuple[str, ...]


Asked = Number | Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Figures ready to be read, the same in every language, and what is asked for.

    extra: figures that only the solution cites. is_clear: no way of rounding on the way leads elsewhere.
    """

    given: Mapping[str, str]
    asked: Mapping[str, Asked]
    extra: Mapping[str, str] = field(default_factory=dict)
    is_clear: bool = True

    @property
    def is_telling(self) -> bool:
        """True if every wrong method would be seen."""
        return self.is_clear and all(
            asked.tells_methods_apart for asked in self.asked.values() if isinstance(asked, Number)
        )

    @property
    def all_figures(self) -> Mapping[str, str]:
        """Everything that a solution may cite, the answers by their names."""
        answers = {name: asked.text for name, asked in self.asked.items() if isinstance(asked, Number)}
        return {**self.given, **self.extra, **answers}


Generator = Callable[[Random], Problem]


def draw(make: Generator, seed: str) -> Problem:
    """The problem that belongs to a seed: the first one that tells wrong methods from the right one."""
    rng = Random(seed)  # noqa: S311 - nothing secret: anyone may see which problem a seed makes
    while not (problem := make(rng)).is_telling:
        pass
    return problem


def number(value: float, rounding: Rounding = EXACTLY, unit: str = "", **methods: float) -> Number:
    """A value, and what wrong methods give, but for those that happen to give it or what one before them gives."""
    wrong: dict[str, float] = {}
    for name, other in methods.items():
        if not any(math.isclose(other, known, rel_tol=FLOATS, abs_tol=FLOAT32) for known in (value, *wrong.values())):
            wrong[name] = other
    return Number(value=value, unit=unit, rounding=rounding, wrong=wrong)


def figures(**values: str | float) -> dict[str, str]:
    """Values as they are read; what is to be rounded comes as text."""
    return {name: value if isinstance(value, str) else plain(value) for name, value in values.items()}


def is_no_tie(quotient: float) -> bool:
    """True if it is far enough from n + 1/2 that figures rounded on the way still lead to the same integer."""
    return abs(quotient - math.floor(quotient) - 0.5) > FROM_A_TIE


def written(value: float, places: int = 0) -> str:
    """1234.5 -> 1,234.5, with a true minus sign and none before zero."""
    text = f"{value:,.{places}f}"
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else text.lstrip("-")


def plain(value: float, most: int = 6) -> str:
    """As many digits as the value has: 0.35 -> 0.35, 1200 -> 1,200."""
    text = written(value, most)
    return text.rstrip("0").rstrip(".") if "." in text else text
