"""The rows of interview practice, each beside the code that uses it."""

from interviews.bank.models import Bookmark
from interviews.cards.models import Card, Deck, Review

__all__ = ["Bookmark", "Card", "Deck", "Review"]
