"""The rows of interview practice, each beside the code that uses it."""
from interviews.cards.models import Card, Deck, Review  # noqa: F401
