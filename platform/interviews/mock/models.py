"""An interview, and its steps: the questions and follow-ups in their order, each with a clock of its own."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.bank.bank import Question, bank
from interviews.bank.tables import Level
from interviews.drafts import Draft
from interviews.grades import Grade
from interviews.mock.selection import FOLLOW_UP_S

GRACE = timedelta(seconds=10)
"""An answer that was on its way when the time ran out still counts."""


class MockQuerySet(models.QuerySet["Mock"]):
    """The interviews of a person."""

    def of(self, owner: User) -> Self:
        """Theirs, the newest first."""
        return self.filter(owner=owner).order_by("-started_at")

    def running(self, owner: User) -> "Mock | None":
        """The one that is not over yet."""
        return self.filter(owner=owner, finished_at=None).first()

    def begin(self, owner: User, level: Level, minutes: int, questions: Sequence[Question]) -> "Mock":
        """Start an interview. If one is running already, in whatever tab, it is that one."""
        try:
            with transaction.atomic():
                mock = self.create(owner=owner, level=level, minutes=minutes)
                Step.objects.bulk_create(steps_of(mock, questions))
        except IntegrityError:
            return self.get(owner=owner, finished_at=None)
        return mock

    def questions_asked(self, owner: User) -> set[str]:
        """The ids of what was asked before, by today's names."""
        asked = Step.objects.filter(mock__owner=owner).values_list("question", flat=True)
        return {question.id for asked_id in set(asked) if (question := bank().get(asked_id))}


class Mock(models.Model):
    """One interview. It is asked until `finished_at`, judged until `judged_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mocks")
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    started_at = models.DateTimeField(_("started"), default=now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    judged_at = models.DateTimeField(_("judged"), null=True)

    objects: ClassVar[models.Manager["Mock"]] = MockQuerySet.as_manager()

    class Meta:
        verbose_name = _("mock interview")
        verbose_name_plural = _("mock interviews")
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(finished_at=None), name="one_interview_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.started_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """Where it is held, judged and looked at."""
        return reverse("interviews:mock", args=[self.pk])

    def current(self, at: datetime) -> "Step | None":
        """The step whose clock runs, starting it if need be. What ran out is left behind. None: all is asked."""
        if self.finished_at:
            return None
        for step in self.steps.filter(left_at=None).order_by("position"):
            step.show(at)
            if step.asked and not step.is_over(at):
                return step
            step.leave(min(step.deadline, at))
        self.finish(at)
        return None

    def finish(self, at: datetime) -> None:
        """Nothing more is asked. What was not shown yet was no part of the interview."""
        with transaction.atomic():
            if Mock.objects.filter(pk=self.pk, finished_at=None).update(finished_at=at):
                self.steps.filter(shown_at=None).delete()
                self.steps.filter(left_at=None).update(left_at=at)
        self.refresh_from_db()

    def judge(self, grades: Iterable[tuple["Step", int]], at: datetime) -> None:
        """Keep how good the answers were."""
        with transaction.atomic():
            for step, grade in grades:
                Step.objects.filter(pk=step.pk).update(grade=grade)
            Mock.objects.filter(pk=self.pk).update(judged_at=at)
        self.refresh_from_db()


class Step(Draft):
    """A question of an interview, or a follow-up on it. `follow_up` counts from 0; None is the question itself."""

    mock = models.ForeignKey(Mock, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    question = models.CharField(_("question"), max_length=64)
    follow_up = models.PositiveSmallIntegerField(_("follow-up"), null=True)
    allowed_s = models.PositiveIntegerField(_("seconds allowed"))
    shown_at = models.DateTimeField(_("shown"), null=True)
    left_at = models.DateTimeField(_("left"), null=True)
    text = models.TextField(_("answer"), blank=True)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade.choices, null=True)

    drafted = ("text",)
    open = Q(shown_at__isnull=False, left_at=None)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["mock", "position"], name="a_step_has_its_place")]

    def __str__(self) -> str:
        return f"{self.position}: {self.question}"

    @property
    def deadline(self) -> datetime:
        """When its time is up; counted from now as long as it was not shown."""
        return (self.shown_at or now()) + timedelta(seconds=self.allowed_s)

    @property
    def is_written(self) -> bool:
        """True if there is an answer at all."""
        return bool(self.text.strip())

    @property
    def took_s(self) -> int:
        """Seconds until it was left; 0 before that."""
        return round((self.left_at - self.shown_at).total_seconds()) if self.left_at and self.shown_at else 0

    @property
    def asked(self) -> Question | None:
        """The question in the bank. None if it is gone."""
        return bank().get(self.question)

    def is_over(self, at: datetime) -> bool:
        """True if no answer is taken any more."""
        return self.left_at is not None or at > self.deadline + GRACE

    def show(self, at: datetime) -> None:
        """Start its clock; a second time changes nothing."""
        if self.shown_at is None:
            Step.objects.filter(pk=self.pk, shown_at=None).update(shown_at=at)
            self.refresh_from_db(fields=["shown_at"])

    def leave(self, at: datetime) -> None:
        """Go on. What was written stays."""
        Step.objects.filter(pk=self.pk, left_at=None).update(left_at=at)
        self.refresh_from_db(fields=["left_at"])


def steps_of(mock: Mock, questions: Sequence[Question]) -> list[Step]:
    """Each question with one follow-up, in their order."""
    planned = [(question, follow_up) for question in questions for follow_up in (None, 0)]
    return [
        Step(
            mock=mock,
            position=position,
            question=question.id,
            follow_up=follow_up,
            allowed_s=60 * question.minutes if follow_up is None else FOLLOW_UP_S,
        )
        for position, (question, follow_up) in enumerate(planned)
    ]
