"""A claim stands for one graded entry. Its sentences are made from the report each time, so they cannot go stale."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from challenges.registry import everything
from grader.report import Result
from portfolio.claims.facts import KernelFacts, ModelFacts, facts_of
from portfolio.claims.text import Register, sentence
from submissions.models import Submission

MADE_OF = {"submission__result": Result.PASSED, "submission__disqualified": False}


class ClaimQuerySet(models.QuerySet["Claim"]):
    """The questions that pages ask about claims."""

    def of(self, owner: User) -> Self:
        """Those of one person that hold, the newest first."""
        return self.filter(owner=owner).standing().order_by("-submission__finished_at")

    def standing(self) -> Self:
        """Those whose entry has passed as it is judged now, for a challenge that is still there."""
        return self.filter(submission__challenge__in=everything(), **MADE_OF).select_related("submission")

    def shown(self) -> Self:
        """Those that their owner shows."""
        return self.filter(is_shown=True)


class Claim(models.Model):
    """One of them. It is shown to nobody until its owner says so."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="portfolio_claim")
    is_shown = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Claim"]] = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")

    def __str__(self) -> str:
        return f"{self.submission.challenge} {self.pk}"

    @property
    def facts(self) -> ModelFacts | KernelFacts:
        """What it may say."""
        at = self.submission.measured_at
        assert at  # it was graded  # noqa: S101
        return facts_of(self.submission.report, localtime(at))

    def title(self, language: str) -> str:
        """The challenge's."""
        return everything()[self.submission.challenge].title[language]

    def sentence(self, register: Register, language: str) -> str:
        """What it says."""
        return sentence(self.facts, self.title(language), register, language)


def claimable(owner: User) -> models.QuerySet[Submission]:
    """Entries of which a claim can be made, the newest first."""
    passed = Submission.objects.of(owner).filter(result=Result.PASSED, disqualified=False)
    return passed.filter(challenge__in=everything())
