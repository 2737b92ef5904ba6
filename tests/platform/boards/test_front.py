"""The Pareto front, held against its definition."""

from hypothesis import given
from hypothesis import strategies as st

from boards.front import Field, Point, undominated
from submissions.standings.models import Standing

small = st.builds(
    Point,
    pk=st.just(0),
    accuracy=st.integers(0, 5).map(lambda n: n / 10),
    size_bytes=st.integers(1, 6),
    latency=st.integers(1, 6).map(float),
)


def dominates(one: Point, other: Point) -> bool:
    """No worse in all three, better in one."""
    no_worse = one.accuracy >= other.accuracy and one.size_bytes <= other.size_bytes and one.latency <= other.latency
    return no_worse and one != other


@given(st.lists(small, max_size=30))
def test_it_is_what_nothing_else_dominates(points: list[Point]) -> None:
    expected = [point for point in points if not any(dominates(other, point) for other in points)]

    def figures(given: list[Point]) -> list[tuple[float, int, float]]:
        return sorted((point.accuracy, point.size_bytes, point.latency) for point in given)

    assert figures(undominated(points)) == figures(expected)


def test_equal_entries_are_both_on_it() -> None:
    twin = Point(1, 0.9, 1000, 0.5)

    assert undominated([twin, Point(2, 0.9, 1000, 0.5), Point(3, 0.9, 1001, 0.5)]) == [twin, Point(2, 0.9, 1000, 0.5)]


@given(st.lists(small, max_size=30), small)
def test_whom_an_entry_dominates_is_counted_as_it_is_defined(points: list[Point], one: Point) -> None:
    field, mine = Field.of(points), Standing(accuracy=one.accuracy, size_bytes=one.size_bytes, latency=one.latency)

    assert field.dominated_by(mine) == sum(dominates(one, point) for point in points)
    assert field.dominating(mine) == sum(dominates(point, one) for point in points)
