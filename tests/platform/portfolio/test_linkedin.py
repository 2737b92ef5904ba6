"""LinkedIn's form comes filled in, and only for what others can check."""

import html
import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from portfolio.exports.linkedin import add_to_profile
from portfolio.models import Claim, Page

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="(https://www\.linkedin\.com/profile/add\?[^"]*)"')


def filled_in(address: str) -> dict[str, str]:
    """The fields of the form."""
    return {name: value for name, [value] in parse_qs(urlsplit(address).query, strict_parsing=True).items()}


def links(signed_in: Client) -> list[str]:
    """Those on the owner's page."""
    return [html.unescape(link) for link in LINK.findall(signed_in.get("/portfolio/").content.decode())]


def test_a_certificate_has_every_field_that_linkedin_asks_for() -> None:
    address = add_to_profile("int8 & 軽量化", date(2026, 3, 9), "https://example.com/p/x/?a=1&b=2", "abc")

    assert address.startswith("https://www.linkedin.com/profile/add?")
    assert filled_in(address) == {
        "startTask": "CERTIFICATION_NAME",
        "name": "int8 & 軽量化",
        "organizationName": "Karui",
        "issueYear": "2026",
        "issueMonth": "3",
        "certUrl": "https://example.com/p/x/?a=1&b=2",
        "certId": "abc",
    }


def test_a_certificate_that_expires_says_when() -> None:
    fields = filled_in(add_to_profile("x", date(2026, 3, 9), "https://example.com/", "abc", date(2028, 12, 1)))

    assert (fields["expirationYear"], fields["expirationMonth"]) == ("2028", "12")


def test_the_owner_of_a_public_page_finds_a_link_for_each_claim_that_is_shown(signed_in: Client, public: Page) -> None:
    shown = Claim.objects.get(is_shown=True)

    told = [filled_in(link) for link in links(signed_in)]

    assert {fields["name"] for fields in told} == {shown.title("ja"), shown.title("en")}
    assert {fields["certId"] for fields in told} == {shown.submission.sha256}
    assert {fields["certUrl"] for fields in told} == {"http://testserver/p/karuko/"}


def test_while_nobody_else_can_check_it_there_is_no_link(signed_in: Client, portfolio: Page) -> None:
    assert links(signed_in) == []
