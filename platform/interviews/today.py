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
    """cards_left: None if there is no deck or if it rests. report: the latest that can be asked about."""

    cards_left: int | None
    running: Mock | None
    unjudged: Mock | None
    report: Submission | None

    @classmethod
    def of(cls, reader: User) -> "Today":
        """Read the rows."""
        return cls(
            cards_left=cards_left(reader),
            running=Mock.objects.running(reader),
            unjudged=Mock.objects.of(reader).filter(finished_at__isnull=False, judged_at=None).first(),
            report=Submission.objects.of(reader).filter(status=Status.GRADED).first(),
        )


def cards_left(reader: User) -> int | None:
    """How many cards today's cap leaves to do."""
    deck = Deck.objects.filter(owner=reader).first()
    return None if deck is None or deck.is_paused else Sitting.of(reader, deck, now()).queue.left
