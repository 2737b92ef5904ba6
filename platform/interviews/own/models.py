"""Answers to questions on one's own reports."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.drafts import Draft
from interviews.grades import Grade
from submissions.models import Submission


class OwnAnswerQuerySet(models.QuerySet["OwnAnswer"]):
    """The answers on a report."""

    def of(self, owner: User, submission: Submission) -> Self:
        """Those of one person."""
        return self.filter(owner=owner, submission=submission)

    def begun(self, owner: User, submission: Submission, question: str) -> "OwnAnswer":
        """The answer to a question; one without a row if nothing was written yet."""
        names = {"owner": owner, "submission": submission, "question": question}
        return self.filter(**names).first() or OwnAnswer(**names)

    def begin(self, owner: User, submission: Submission, question: str) -> "OwnAnswer":
        """The same with a row; two tabs make one."""
        return self.get_or_create(owner=owner, submission=submission, question=question)[0]


class OwnAnswer(Draft):
    """What a person answers to a question on a report of theirs. Once it was compared it stays as it is."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_answers")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="own_answers")
    question = models.CharField(_("question"), max_length=64)
    text = models.TextField(_("answer"), blank=True)
    compared_at = models.DateTimeField(null=True)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade.choices, null=True)

    drafted = ("text",)
    open = Q(compared_at=None)
    objects: ClassVar[models.Manager["OwnAnswer"]] = OwnAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer on a report")
        verbose_name_plural = _("answers on reports")
        constraints = [
            models.UniqueConstraint(fields=["owner", "submission", "question"], name="one_answer_to_a_question")
        ]

    def __str__(self) -> str:
        return self.question

    def compare(self) -> None:
        """Show the computed answer; from now on the text stays."""
        OwnAnswer.objects.filter(pk=self.pk, compared_at=None).update(compared_at=now())
        self.refresh_from_db()

    def judge(self, grade: int) -> None:
        """Keep how good it was. Without a text it is weak."""
        self.grade = grade if self.text.strip() else Grade.WEAK
        OwnAnswer.objects.filter(pk=self.pk, compared_at__isnull=False).update(grade=self.grade)
