"""What waits for a reader: the next thing to do in each room."""

from dataclasses import dataclass

from django.utils.timezone import now

from accounts.models import User
from interviews.cards.models import Deck
from interviews.cards.sitting import Sitting
from interviews.mock.models import Mock
from submissions.models import Status, Submission


@dataclass(frozen=True, slots=True)
class Today:
    """cards_left: what today's cap leaves of the deck. report: the latest that can be asked about."""

    deck: Deck | None
    cards_left: int
    running: Mock | None
    unjudged: Mock | None
    report: Submission | None

    @classmethod
    def of(cls, reader: User) -> "Today":
        """Read the rows."""
        deck = Deck.objects.filter(owner=reader).first()
        return cls(
            deck=deck,
            cards_left=Sitting.of(reader, deck, now()).queue.left if deck and not deck.is_paused else 0,
            running=Mock.objects.running(reader),
            unjudged=Mock.objects.of(reader).filter(finished_at__isnull=False, judged_at=None).first(),
            report=Submission.objects.of(reader).filter(status=Status.GRADED).first(),
        )
