"""The rows of interview practice, each beside the code that uses it."""

from interviews.bank.models import Bookmark
from interviews.desk.models import Design

__all__ = ["Bookmark", "Design"]
