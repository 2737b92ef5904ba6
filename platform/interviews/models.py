"""The rows of interview practice, each beside the code that uses it."""

from interviews.bank.models import Bookmark

__all__ = ["Bookmark"]
