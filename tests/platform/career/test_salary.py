"""Bands are data: the page says what salary.toml carries, and nothing else."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from career.charts import SalaryChart
from career.salary import FILE, Placement, read_salary, regions, salary_figures
from content.broken import Broken

JAPAN = regions()["jp"]
EUROPE = """
[[region]]
id = "de"
name = { ja = "ドイツ", en = "Germany" }
currency = { ja = "ユーロ", en = "€" }
source = "career-article"
as_of = 2026
raising_domains = ["automotive"]

[[region.band]]
id = "all"
name = { ja = "全体", en = "All" }
years = { from = 0 }
low = 60_000
high = 95_500
"""


def placed(years: float, shipped: bool = False, knows_domain: bool = False) -> Placement:
    return Placement(years=years, shipped=shipped, knows_domain=knows_domain)


@pytest.mark.parametrize(
    ("language", "junior", "mid", "senior"),
    [
        ("en", "¥8–10M", "¥12–15M", "¥15–20M"),
        ("ja", "800万〜1,000万円", "1,200万〜1,500万円", "1,500万〜2,000万円"),
    ],
)
def test_the_bands_are_those_of_the_source(language: str, junior: str, mid: str, senior: str) -> None:
    with translation.override(language):
        figures = salary_figures(language)

    assert (figures["salary.junior"], figures["salary.mid"], figures["salary.senior"]) == (junior, mid, senior)


@pytest.mark.parametrize(
    ("years", "bands"),
    [
        (0.5, []),
        (1, ["junior"]),
        (2.5, ["junior"]),
        (3, ["junior", "mid"]),
        (4, ["mid"]),
        (5, ["mid", "senior"]),
        (30, ["senior"]),
    ],
)
def test_experience_lies_in_its_bands(years: float, bands: list[str]) -> None:
    assert [band.id for band in JAPAN.bands_at(years)] == bands


def test_the_chart_is_true_to_scale() -> None:
    junior, mid, senior = SalaryChart.of(JAPAN, None, "en").boxes

    assert mid.height / junior.height == pytest.approx(3 / 2, rel=0.01)
    assert senior.height / junior.height == pytest.approx(5 / 2, rel=0.01)
    assert mid.x == pytest.approx(junior.x + junior.width)
    assert mid.y == pytest.approx(senior.y + senior.height)


def test_nobody_is_placed_who_has_not_said_a_word() -> None:
    chart = SalaryChart.of(JAPAN, None, "en")

    assert (chart.reader_x, chart.here, chart.raised) == (None, [], [])


def test_what_raises_an_offer_only_gives_a_direction() -> None:
    plain, raised = (SalaryChart.of(JAPAN, placed(4, both, both), "en") for both in (False, True))

    assert raised.raised == ["shipped", "knows_domain"]
    assert [(box.x, box.y, box.height) for box in plain.boxes] == [(box.x, box.y, box.height) for box in raised.boxes]


def test_an_operator_adds_a_region_by_adding_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client, db: None
) -> None:
    path = tmp_path / "salary.toml"
    path.write_text(FILE.read_text("utf-8") + EUROPE)
    monkeypatch.setattr("career.forms.regions", lambda: read_salary(path))

    page = client.get("/salary/?years=2&deployments=0&domain=&region=de", headers={"accept-language": "en"})

    assert "€60,000–95,500" in page.content.decode()
    assert "Germany" in page.content.decode()
    assert "¥" not in re.sub(r"<option.*?</option>", "", page.content.decode())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("low = 8_000_000", "low = 11_000_000", "low < high"),
        ('source = "career-article"', 'source = "hearsay"', "hearsay"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "salary.toml"
    path.write_text(FILE.read_text("utf-8").replace(old, new))

    with pytest.raises(Broken, match=words) as caught:
        read_salary(path)

    assert caught.value.line > 5


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_gives_source_and_year_with_the_chart(client: Client, language: str) -> None:
    page = client.get("/salary/", headers={"accept-language": language}).content.decode()

    caption = re.search(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL)
    assert caption is not None
    assert "2025" in caption[1]
    for band in JAPAN.band:
        assert page.count(JAPAN.range(band, language)) == 2  # in the chart and in the table


@pytest.mark.django_db
def test_every_amount_on_the_page_is_in_the_file_or_a_label_of_the_axis(client: Client) -> None:
    page = client.get(
        "/salary/?years=4&deployments=3&domain=medical", headers={"accept-language": "en"}
    ).content.decode()
    chart = SalaryChart.of(JAPAN, None, "en")

    amounts = set(re.findall(r"¥[\d,–]+M", page))

    known = (
        {JAPAN.range(band, "en") for band in JAPAN.band}
        | {tick.label for tick in chart.amounts}
        | set(chart.story or ())
    )
    assert amounts <= known


@pytest.mark.django_db
def test_htmx_gets_the_chart_alone(client: Client) -> None:
    answer = client.get("/salary/?years=4&deployments=0&domain=", headers={"hx-request": "true"})

    assert answer.content.decode().lstrip().startswith('<div id="bands">')
    assert "HX-Request" in answer["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["years=-1&deployments=0", "years=abc&deployments=0", "years=4&deployments=-2", "years=4&deployments=1&domain=x"],
)
def test_what_cannot_be_is_refused_in_words(client: Client, query: str) -> None:
    answer = client.get(f"/salary/?{query}")

    alone = client.get(f"/salary/?{query}", headers={"hx-request": "true"})

    assert "errorlist" in answer.content.decode()
    assert 'role="alert"' in alone.content.decode()
    assert answer.context["chart"].placement is None
