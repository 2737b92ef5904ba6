"""LinkedIn's form comes filled in, with what others can verify."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from portfolio.credentials.issuing import issue
from portfolio.models import Claim, Credential, Page

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="(https://www\.linkedin\.com/profile/add\?[^"]*)"')


def links(signed_in: Client) -> list[dict[str, str]]:
    """What those on the owner's page fill in."""
    page = signed_in.get("/portfolio/", headers={"accept-language": "ja"}).content.decode()
    queries = [urlsplit(html.unescape(link)).query for link in LINK.findall(page)]
    return [{name: value for name, [value] in parse_qs(query, strict_parsing=True).items()} for query in queries]


@pytest.fixture
def given(portfolio: Page) -> Credential:
    return issue(Claim.objects.get(is_shown=True))


def test_a_credential_goes_to_linkedin_with_every_field_that_is_asked_for(signed_in: Client, given: Credential) -> None:
    assert links(signed_in) == [
        {
            "startTask": "CERTIFICATION_NAME",
            "name": given.claim.title("ja"),
            "organizationName": "Karui",
            "issueYear": str(given.issued_at.year),
            "issueMonth": str(given.issued_at.month),
            "expirationYear": str(given.expires_at.year),
            "expirationMonth": str(given.expires_at.month),
            "certUrl": f"http://localhost:8000{given.get_absolute_url()}",
            "certId": str(given.pk),
        }
    ]


def test_what_nobody_has_signed_does_not_go_there(signed_in: Client, portfolio: Page) -> None:
    assert links(signed_in) == []
