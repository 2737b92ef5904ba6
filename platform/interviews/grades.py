"""How good an answer was, by the rubric; the same three steps wherever somebody judges themselves."""

from collections.abc import Iterable

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _


class Grade(IntegerChoices):
    """What a rubric tells apart."""

    WEAK = 0, _("Weak")
    FAIR = 1, _("Fair")
    STRONG = 2, _("Strong")

    @property
    def css(self) -> str:
        """Its class on a page."""
        return self.name.lower()


def level_shown(asked_for: int, grade: int) -> int:
    """The level of a skill that an answer shows, which one judged oneself.

    A strong answer to a question shows its level, a fair one the level below, a weak one nothing.
    """
    return {Grade.STRONG: asked_for, Grade.FAIR: asked_for - 1}.get(Grade(grade), 0)


def share(grades: Iterable[int]) -> float:
    """The mean grade as a fraction of all strong, 0 to 1; 0 if there are none."""
    given = list(grades)
    return sum(given) / (Grade.STRONG * len(given)) if given else 0.0
