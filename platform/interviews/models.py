"""The rows of interview practice, each beside the code that uses it."""

from interviews.bank.models import Bookmark
from interviews.drills.models import DrillAttempt
from interviews.mock.models import Mock, Step
from interviews.own.models import OwnAnswer

__all__ = ["Bookmark", "DrillAttempt", "Mock", "OwnAnswer", "Step"]
from interviews.cards.models import Card, Deck, Review

__all__ = ["Bookmark", "Card", "Deck", "Review"]
