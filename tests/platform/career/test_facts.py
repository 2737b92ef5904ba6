"""Every fact that the site must carry is on its pages, in both languages. facts.toml lists them, by page and words."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

FACTS = tomllib.loads((Path(__file__).with_name("facts.toml")).read_text("utf-8"))["fact"]
FIGURES = {
    "en": "1 2 3 4 5 8 10 12 15 16 20 31 32 50 2024 2025 2026",
    "ja": "1 2 3 5 8 10 16 31 32 800 1000 1200 1500 2000 2024 2025 2026",
}
"""Every number of the list: salaries, years, bits, the model claim, and when things ended."""


def words(client: Client, page: str, language: str) -> str:
    """The text of a page without its marks."""
    kind, _, name = page.partition(":")
    address = f"/guide/{name}/" if kind == "chapter" else f"/{kind}/"
    html = client.get(address, headers={"accept-language": language}).content.decode()
    return unescape(re.sub(r"<[^>]+>", "", html)).replace("\u2060", "")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_a_fact_is_on_its_page(client: Client, fact: dict[str, dict[str, str]], language: str) -> None:
    place = fact[language]

    assert place["text"] in words(client, place["page"], language)


def test_there_are_as_many_facts_as_the_list_has() -> None:
    assert len({fact["id"] for fact in FACTS}) == len(FACTS) >= 60


@pytest.mark.parametrize("language", FIGURES)
def test_no_figure_was_left_out_of_the_list(language: str) -> None:
    found = {number for fact in FACTS for number in re.findall(r"\d+", fact[language]["text"].replace(",", ""))}

    assert set(FIGURES[language].split()) - found == set()
