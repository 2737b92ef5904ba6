"""The address under which LinkedIn lets somebody add a certificate to their profile."""

from datetime import date
from urllib.parse import urlencode

ADD = "https://www.linkedin.com/profile/add"


def add_to_profile(title: str, issued: date, url: str, identifier: str, expires: date | None = None) -> str:
    """With LinkedIn's form filled in. url: where others can check it, identifier: which one it is there."""
    until = {"expirationYear": expires.year, "expirationMonth": expires.month} if expires else {}
    filled_in = {
        "startTask": "CERTIFICATION_NAME",
        "name": title,
        "organizationName": "Karui",
        "issueYear": issued.year,
        "issueMonth": issued.month,
        **until,
        "certUrl": url,
        "certId": identifier,
    }
    return f"{ADD}?{urlencode(filled_in)}"
