"""A portfolio on paper says what the page shows, in both languages, and is as private as it is."""

from io import BytesIO
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import deletion
from accounts.models import User
from portfolio.claims.text import Register
from portfolio.models import Claim, Page
from skills.map import skill_map
from skills.models import Evidence, Kind

pytestmark = pytest.mark.django_db
A4_PT = (595, 842)
LANGUAGES = ("ja", "en")
both_languages = pytest.mark.parametrize("language", LANGUAGES)


def public_address(language: str) -> str:
    """Where everybody finds it."""
    return reverse("portfolio:pdf", args=["karuko", language])


def own_address(language: str) -> str:
    """Where its owner does."""
    return reverse("portfolio:own_pdf", args=[language])


def read(client: Client, address: str) -> PdfReader:
    """The document there."""
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(answer.content), strict=True)


def squeezed(words: str) -> str:
    """Without spaces, because lines are broken anywhere on paper."""
    return "".join(words.replace("\u200b", "").split())


def words_of(document: PdfReader) -> str:
    """What it says."""
    return squeezed("".join(page.extract_text() for page in document.pages))


def fonts_of(document: PdfReader) -> list[Any]:
    """Every font that it uses, described."""
    resources: list[Any] = [page["/Resources"] for page in document.pages]
    named = [font.get_object() for resource in resources for font in resource["/Font"].values()]
    return [font["/DescendantFonts"][0]["/FontDescriptor"] for font in named]


def links_of(document: PdfReader) -> set[str]:
    """Where it leads."""
    annotations = [annotation.get_object() for page in document.pages for annotation in page.annotations or ()]
    return {annotation["/A"]["/URI"] for annotation in annotations}


@both_languages
def test_it_says_what_each_shown_claim_says_with_everything_behind_it(
    client: Client, public: Page, language: str
) -> None:
    shown, hidden = Claim.objects.order_by("-is_shown")
    facts = shown.facts

    words = words_of(read(client, public_address(language)))

    told = (
        shown.title(language),
        shown.sentence(Register.RESUME, language),
        shown.submission.challenge,
        f"{facts.points} ({facts.formula})",
        facts.cpu,
        f"{facts.measured_on:%Y-%m-%d}",
        shown.submission.sha256,
        public.name,
    )
    assert [part for part in told if squeezed(part) not in words] == []
    assert hidden.submission.sha256 not in words


@both_languages
def test_it_has_the_levels_and_no_others(client: Client, public: Page, user: User, language: str) -> None:
    Page.objects.update(shows_practice=True)
    Evidence.objects.create(owner=user, skill="pruning", kind=Kind.PRACTISED, level=2, source="interviews/x")
    Evidence.objects.create(owner=user, skill="arm", kind=Kind.DECLARED, level=3, source="inventory")

    words = words_of(read(client, public_address(language)))

    practised = {"ja": "練習済み", "en": "Practised"}[language]
    assert squeezed(f"{skill_map()['pruning'].name[language]} 2/3 {practised}") in words
    assert squeezed(f"{skill_map()['arm'].name[language]} 3/3") not in words
    for tier in skill_map().tiers:
        assert squeezed(tier.name[language]) in words  # on the radar


def test_it_names_where_it_can_be_checked_if_others_can(signed_in: Client, public: Page) -> None:
    places = {"http://testserver/p/karuko/", "http://testserver/p/karuko/evidence.json"}
    while_public = links_of(read(signed_in, own_address("en")))
    Page.objects.update(is_public=False)
    while_private = read(signed_in, own_address("en"))

    assert while_public == places
    assert links_of(while_private) == set()
    assert squeezed("The page behind this document is private.") in words_of(while_private)


@both_languages
def test_it_is_a4_accessible_and_brings_its_fonts(client: Client, public: Page, language: str) -> None:
    document = read(client, public_address(language))

    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in document.pages}
    fonts, root = fonts_of(document), cast(Any, document.trailer["/Root"])
    assert sizes == {A4_PT}
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert root["/Lang"].startswith(language)
    assert {"NotoSansJP", "NotoSerifJP"} == {font["/FontName"].split("+")[1].split("-")[0] for font in fonts}
    assert all("/FontFile3" in font for font in fonts)


@both_languages
def test_the_same_page_is_the_same_bytes(client: Client, public: Page, language: str) -> None:
    first, second = (client.get(public_address(language)).content for _ in range(2))
    Page.objects.update(name="軽太郎")

    assert first == second
    assert client.get(public_address(language)).content != first


def test_it_is_dated_when_the_last_result_was_measured(client: Client, public: Page) -> None:
    measured_on = Claim.objects.get(is_shown=True).facts.measured_on

    written = read(client, public_address("en")).metadata

    assert written
    assert written.creation_date
    assert written.creation_date.date() == measured_on.date()


@pytest.mark.parametrize("name", ["#evil[] $x$ *bold* `raw` @ref <label> \\", '"} #panic()', "#" * 60])
def test_a_name_is_set_as_it_was_typed(client: Client, public: Page, name: str) -> None:
    Page.objects.update(name=name)

    assert squeezed(name) in words_of(read(client, public_address("en")))


def test_a_name_of_one_long_word_goes_on_in_the_next_line(client: Client, public: Page) -> None:
    Page.objects.update(name=60 * "W")

    lines = map(squeezed, read(client, public_address("en")).pages[0].extract_text().splitlines())

    of_the_name = [line for line in lines if set(line) == {"W"}]
    assert len(of_the_name) > 1
    assert "".join(of_the_name) == 60 * "W"


def test_a_name_with_characters_that_no_font_here_has_spoils_nothing(client: Client, public: Page) -> None:
    Page.objects.update(name="軽子 😀")

    assert "軽子" in words_of(read(client, public_address("ja")))


@both_languages
def test_without_claims_it_says_so(client: Client, public: Page, language: str) -> None:
    Claim.objects.update(is_shown=False)

    document = read(client, public_address(language))

    nothing = {"ja": "公開されている成果はまだありません。", "en": "Nothing is shown here yet."}[language]
    assert squeezed(nothing) in words_of(document)
    assert len(document.pages) == 1


@pytest.mark.parametrize("language", [*LANGUAGES, "fr"])
def test_of_a_private_page_others_get_nothing(client: Client, portfolio: Page, language: str) -> None:
    assert client.get(public_address(language)).status_code == 404


def test_there_is_none_in_other_languages(signed_in: Client, public: Page) -> None:
    assert {signed_in.get(address("fr")).status_code for address in (public_address, own_address)} == {404}


@both_languages
def test_the_owner_of_a_private_page_has_it_and_nothing_keeps_it(
    signed_in: Client, portfolio: Page, language: str
) -> None:
    answer = signed_in.get(own_address(language))

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_whoever_has_no_page_or_is_not_signed_in_has_none(client: Client, portfolio: Page) -> None:
    visitor = client.get(own_address("en"))
    client.force_login(User.objects.create_user("other@example.com"))

    assert visitor.status_code == 302
    assert client.get(own_address("en")).status_code == 404


def test_with_the_account_it_goes(
    client: Client, public: Page, user: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(user)

    assert {client.get(public_address(language)).status_code for language in LANGUAGES} == {404}


@both_languages
def test_pages_lead_to_it(signed_in: Client, public: Page, language: str) -> None:
    pages = {"/p/karuko/": public_address(language), "/portfolio/": own_address(language)}

    assert [page for page, paper in pages.items() if paper not in signed_in.get(page).content.decode()] == []
