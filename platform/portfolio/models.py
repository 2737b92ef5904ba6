"""What somebody shows, where and to whom."""

from portfolio.claims.models import Claim
from portfolio.pages.models import Link, Page

__all__ = ["Claim", "Link", "Page"]
