"""What is private is found by nobody: by no address, no search, no API, no card, and not after its owner has gone."""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.deletion import delete
from accounts.models import User
from portfolio.credentials.issuing import issue
from portfolio.models import Claim, Link, Page
from portfolio.urls import urlpatterns

pytestmark = pytest.mark.django_db
NAME = "ひみつの軽子"
ELSEWHERE = [
    "/",
    f"/guide/search/?q={NAME}",
    f"/interviews/questions/?q={NAME}",
    "/boards/int8_fashion/",
    "/status/",
    "/challenges/int8_fashion/",
    "/api/v1/openapi.json",
    "/api/v1/challenges/int8_fashion/ranking/",
    "/robots.txt",
    "/sitemap.xml",
]


@pytest.fixture
def private(portfolio: Page) -> Page:
    """A private page with a name that stands nowhere else."""
    portfolio.name = NAME
    portfolio.save()
    return portfolio


@pytest.fixture
def readers() -> list[Client]:
    """A visitor, and somebody else who is signed in."""
    visitor, other = Client(), Client()
    other.force_login(User.objects.create_user("other@example.com", "a long enough pass phrase"))
    return [visitor, other]


def addresses(page: Page) -> list[str]:
    """Every address of ours that begins at a page, for each of its claims, in each language and scheme."""
    claims = Claim.objects.filter(owner=page.owner)
    values = [
        {"address": page.address, "claim_id": claim.pk, "language": language, "scheme": "light"}
        for claim in claims
        for language in ("ja", "en")
    ]
    patterns = [each for each in urlpatterns if isinstance(each, URLPattern) and "address" in each.pattern.converters]
    assert patterns
    return [
        reverse(f"portfolio:{each.name}", kwargs={name: given[name] for name in each.pattern.converters})
        for each in patterns
        for given in values
    ]


def test_a_private_page_has_no_address(private: Page, readers: list[Client]) -> None:
    found = [address for reader in readers for address in addresses(private) if reader.get(address).status_code != 404]

    assert found == []


def test_it_is_named_nowhere_else(private: Page, readers: list[Client]) -> None:
    told = [private.address, *private.owner.claims.values_list("submission__sha256", flat=True)]

    pages = [(address, reader.get(address).content.decode()) for reader in readers for address in ELSEWHERE]

    assert [address for address, page in pages if any(each in page for each in told)] == []
    assert [address for address, page in pages if NAME in page and "?q=" not in address] == []


def test_a_hidden_claim_of_a_public_page_is_on_none_of_its_documents(private: Page, readers: list[Client]) -> None:
    private.is_public = True
    private.save()
    hidden = Claim.objects.get(is_shown=False)
    credential = issue(hidden)

    documents = [reader.get(address) for reader in readers for address in addresses(private)]

    served = b"".join(document.content for document in documents if document.status_code == 200)
    assert private.owner.claims.get(is_shown=True).submission.sha256.encode() in served
    assert hidden.submission.sha256.encode() not in served
    assert str(credential.pk).encode() not in served


def test_nothing_is_left_of_an_account_that_was_deleted(private: Page, readers: list[Client]) -> None:
    private.is_public = True
    private.save()
    pages = [*addresses(private), f"/p/link/{Link.objects.make(private.owner, 'a recruiter', 7)}/"]
    before = {readers[0].get(address).status_code for address in pages if address.startswith("/p/link/")}

    delete(private.owner)

    assert before == {200}
    assert {reader.get(address).status_code for reader in readers for address in pages} == {404}
