"""The rows of interview practice, each beside the code that uses it."""

from interviews.bank.models import Bookmark
from interviews.drills.models import DrillAttempt

__all__ = ["Bookmark", "DrillAttempt"]
