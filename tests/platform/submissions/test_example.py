"""The example report is a real one: its score follows from its own measurements."""

import json

import pytest
from django.test import Client

from challenges.registry import catalogue
from grader.report import Result
from submissions.charts import SizeSquares, weighed
from submissions.example import FILE, example


def test_it_is_a_passed_report_with_its_raw_samples_and_its_machine() -> None:
    report = example().report

    assert report.result is Result.PASSED
    assert report.challenge_version == catalogue()[report.challenge].version
    assert report.measured is not None
    assert report.measured.latency.processes
    assert report.environment["cpu_model"]
    assert json.loads(report.to_json()) == json.loads(FILE.read_bytes())


def test_its_points_follow_from_its_parts() -> None:
    score = example().report.score
    assert score is not None

    points = [100 * score.multiplier * part.weight * part.progress for part in score.parts]

    assert [part.points for part in score.parts] == pytest.approx(points)
    assert score.points == pytest.approx(sum(points))


def test_the_squares_are_true_to_scale() -> None:
    squares = SizeSquares(before_bytes=4000, after_bytes=1000)

    assert squares.inner / squares.outer == pytest.approx(0.5, rel=0.01)
    assert squares.inner_x + squares.inner < squares.outer
    assert squares.inner_y + squares.inner < squares.outer


def test_bars_show_what_is_left_of_the_baseline() -> None:
    score = example().report.score
    assert score is not None

    bars = {bar.name: bar for bar in weighed(score)}

    assert set(bars) == {"accuracy", "size", "memory", "latency"}
    assert bars["size"].width == pytest.approx(400 * bars["size"].after / bars["size"].before, abs=0.1)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ja", "en"])
def test_everybody_can_read_it(client: Client, language: str) -> None:
    page = client.get("/submissions/example/", headers={"accept-language": language})
    file = client.get("/submissions/example/report.json")

    assert page.status_code == 200
    assert f"{example().report.score.points:.1f}" in page.content.decode()  # type: ignore[union-attr]
    assert file.content == example().report.to_json()
