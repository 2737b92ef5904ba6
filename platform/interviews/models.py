"""The rows of interview practice, each beside the code that uses it."""

from interviews.bank.models import Bookmark
from interviews.cards.models import Card, Deck, Review
from interviews.desk.models import Design
from interviews.drills.models import DrillAttempt
from interviews.mock.models import Mock, Step
from interviews.own.models import OwnAnswer

__all__ = ["Bookmark", "Card", "Deck", "Design", "DrillAttempt", "Mock", "OwnAnswer", "Review", "Step"]
