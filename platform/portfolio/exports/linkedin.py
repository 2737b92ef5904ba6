"""The address under which LinkedIn lets somebody add a credential to their profile."""

from urllib.parse import urlencode

from portfolio.credentials.issuer import full
from portfolio.credentials.models import Credential

ADD = "https://www.linkedin.com/profile/add"


def add_to_profile(credential: Credential, language: str) -> str:
    """With LinkedIn's form filled in."""
    filled_in = {
        "startTask": "CERTIFICATION_NAME",
        "name": credential.claim.title(language),
        "organizationName": "Karui",
        "issueYear": credential.issued_at.year,
        "issueMonth": credential.issued_at.month,
        "expirationYear": credential.expires_at.year,
        "expirationMonth": credential.expires_at.month,
        "certUrl": full(credential.get_absolute_url()),
        "certId": str(credential.pk),
    }
    return f"{ADD}?{urlencode(filled_in)}"
