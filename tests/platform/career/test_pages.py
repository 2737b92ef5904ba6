"""The pages of the guide, and the home page."""

import re

import pytest
from django.test import Client

from accounts.models import User
from career.guide import Guide, guide
from career.models import Reading
from submissions.example import example

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", ["ja", "en"])
CHAPTERS = list(guide().chapters)


@both_languages
@pytest.mark.parametrize("chapter_id", CHAPTERS)
def test_a_chapter_is_read_in_both_languages(client: Client, chapter_id: str, language: str) -> None:
    page = client.get(f"/guide/{chapter_id}/", headers={"accept-language": language}).content.decode()

    text = guide().chapters[chapter_id].texts[language]
    assert f"<h1>{text.title}</h1>" in page
    assert text.html in page
    for section in text.sections[1:]:
        assert f'<a href="#{section.id}">' in page


def test_the_guide_leads_from_chapter_to_chapter(client: Client) -> None:
    visited, address = [], f"/guide/{CHAPTERS[0]}/"
    while address:
        page = client.get(address).content.decode()
        visited.append(address.split("/")[2])
        found = re.search(r'<a class="after" href="([^"]+)" rel="next">', page)
        address = found[1] if found else ""

    assert visited == CHAPTERS


def test_reading_goes_on_to_the_next_chapter_and_is_remembered(client: Client) -> None:
    answer = client.post(f"/guide/{CHAPTERS[0]}/read/")
    client.post(f"/guide/{CHAPTERS[0]}/read/")
    last = client.post(f"/guide/{CHAPTERS[-1]}/read/")

    assert answer["Location"] == f"/guide/{CHAPTERS[1]}/"
    assert last["Location"] == "/guide/"
    assert client.get("/guide/").context["read"] == {CHAPTERS[0], CHAPTERS[-1]}


def test_a_persons_reading_is_a_row(signed_in: Client, user: User) -> None:
    for _ in range(2):
        signed_in.post("/guide/pruning/read/")

    assert [(row.owner, row.chapter) for row in Reading.objects.all()] == [(user, "pruning")]


def test_a_renamed_chapter_keeps_its_readers_and_its_address(
    signed_in: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = Guide(guide().chapters, {"kd": "distillation"})
    for module in ("career.views", "career.progress"):
        monkeypatch.setattr(f"{module}.guide", lambda: renamed)
    Reading.objects.mark(user, ["kd"])

    answer = signed_in.get("/guide/kd/")

    assert (answer.status_code, answer["Location"]) == (301, "/guide/distillation/")
    assert signed_in.get("/guide/").context["read"] == {"distillation"}


@pytest.mark.parametrize("address", ["/guide/no-such-chapter/", "/skills/no-such-skill/"])
def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
    assert client.post("/guide/no-such-chapter/read/").status_code == 404


@both_languages
def test_home_shows_the_three_things_and_a_real_report(client: Client, language: str) -> None:
    page = client.get("/", headers={"accept-language": language}).content.decode()

    report = example().report
    assert page.count('class="doors"') == 1
    assert f"{report.score.points:.1f}" in page  # type: ignore[union-attr]
    for address in (
        "/interviews/",
        "/challenges/",
        "/skills/",
        "/salary/",
        "/inventory/",
        "/submissions/example/",
    ):
        assert f'href="{address}"' in page


def test_a_shared_link_shows_the_card(client: Client) -> None:
    page = client.get("/guide/pruning/", headers={"accept-language": "en"}).content.decode()

    assert '<meta property="og:title" content="Pruning">' in page
    image = re.search(r'og:image" content="(http://testserver/static/social-card[^"]*\.png)"', page)
    assert image is not None
