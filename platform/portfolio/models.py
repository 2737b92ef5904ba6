"""What somebody shows, where and to whom."""

from portfolio.claims.models import Claim
from portfolio.credentials.models import Credential, Slot
from portfolio.pages.models import Link, Page

__all__ = ["Claim", "Credential", "Link", "Page", "Slot"]
