"""Full-text search in both languages."""

import pytest
from django.test import Client

from career.search import search
from content.search import excerpt


@pytest.mark.parametrize(
    ("query", "language", "address"),
    [
        ("知識蒸留", "ja", "/guide/distillation/"),
        ("温度", "ja", "/guide/distillation/#temperature"),
        ("閾値 感度", "ja", "/guide/pruning/#threshold"),
        ("ｑａｔ", "ja", "/guide/quantization/#qat"),
        ("distilling", "en", "/guide/distillation/"),
        ("calib", "en", "/skills/calibration/"),
        ("RISC-V", "en", "/skills/risc-v/"),
        ("ResNet-8", "en", "/challenges/int8_fashion/"),
    ],
)
def test_a_reader_finds_the_place(query: str, language: str, address: str) -> None:
    assert address in [hit.entry.address for hit in search(query, language)[:8]]


def test_every_word_has_to_occur() -> None:
    assert search("quantization", "en")
    assert search("quantization xylophone", "en") == []


def test_a_single_character_is_enough() -> None:
    assert search("蒸", "ja")


@pytest.mark.parametrize("query", ["", "   ", "！？", '"', "*", "NEAR(", "a" * 5000, "x OR y AND", "title:x", "'--"])
def test_nothing_that_is_typed_breaks_it(query: str) -> None:
    search(query, "en")
    search(query, "ja")


def test_found_words_are_marked_and_everything_else_is_escaped() -> None:
    assert excerpt("a <b> & Scale", ["scale"]) == "a &lt;b&gt; &amp; <mark>Scale</mark>"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_shows_hits_or_says_that_there_are_none(client: Client, language: str) -> None:
    headers = {"accept-language": language}

    assert "<mark>" in client.get("/guide/search/?q=int8", headers=headers).content.decode()
    page = client.get("/guide/search/?q=<xyzzy>", headers=headers).content.decode()
    assert "<xyzzy>" not in page
    assert 'role="status"' in page
