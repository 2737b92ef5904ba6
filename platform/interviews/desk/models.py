"""A person's design of a scenario: the canvas, what they set for the budget, and how they judged it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.desk.forms import BudgetForm
from interviews.desk.scenarios import Scenario, Section
from interviews.drafts import Draft, typed


class DesignQuerySet(models.QuerySet["Design"]):
    """Which designs a person has."""

    def begun_by(self, request: HttpRequest) -> Mapping[str, "Design"]:
        """A reader's designs by scenario; none for a visitor."""
        owned = self.filter(owner=request.user) if request.user.is_authenticated else self.none()
        return {design.scenario: design for design in owned}

    def begin(self, owner: User, scenario: Scenario) -> "Design":
        """A person's design of a scenario, which begins empty. Two tabs that begin at once begin the same."""
        return self.get_or_create(owner=owner, scenario=scenario.id)[0]


class Design(Draft):
    """One person's work on one scenario.

    scenario: an id of a file. budget: what was typed into the calculator, field by field, whether it makes sense yet or
    not; empty as long as it is the scenario's start. grades: by section, of revision `judged_revision`; level: of the
    scenario's skills, which that judgement showed.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="designs")
    scenario = models.CharField(_("scenario"), max_length=64)
    requirements = models.TextField(_("Requirements"), blank=True)
    model = models.TextField(_("Model"), blank=True)
    compression = models.TextField(_("Compression"), blank=True)
    runtime = models.TextField(_("Runtime"), blank=True)
    hardware = models.TextField(_("Hardware"), blank=True)
    measurement = models.TextField(_("Measurement"), blank=True)
    fallback = models.TextField(_("When things go wrong"), blank=True)
    budget = models.JSONField(_("budget"), default=dict, blank=True)
    grades = models.JSONField(_("self-assessment"), default=dict, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), default=0)
    judged_at = models.DateTimeField(_("judged at"), null=True, blank=True)
    judged_revision = models.PositiveIntegerField(null=True, blank=True)
    begun_at = models.DateTimeField(_("begun at"), default=now)

    drafted: ClassVar[tuple[str, ...]] = (*Section.values, "budget")
    objects: ClassVar[models.Manager["Design"]] = DesignQuerySet.as_manager()

    class Meta:
        verbose_name = _("design")
        verbose_name_plural = _("designs")
        constraints = [models.UniqueConstraint(fields=["owner", "scenario"], name="a_person_designs_a_scenario_once")]

    def __str__(self) -> str:
        return self.scenario

    @property
    def texts(self) -> Mapping[str, str]:
        """What stands on the canvas, by section."""
        return {section: getattr(self, section) for section in Section.values}

    @property
    def is_judged(self) -> bool:
        """True if it was judged as it stands now."""
        return self.judged_revision == self.revision

    def judge(self, grades: Mapping[str, int], level: int) -> None:
        """Keep how its owner found it."""
        self.grades, self.level = dict(grades), level
        self.judged_at, self.judged_revision = now(), self.revision
        self.save(update_fields=["grades", "level", "judged_at", "judged_revision"])

    def start_over(self) -> None:
        """Empty it. A tab that still shows the old text cannot save over it, because the revision moves on."""
        empty = {**dict.fromkeys(Section.values, ""), "budget": {}, "grades": {}, "level": 0}
        rows = Design.objects.filter(pk=self.pk)
        rows.update(**empty, judged_at=None, judged_revision=None, begun_at=now(), revision=F("revision") + 1)


def typed_design(request: HttpRequest) -> dict[str, Any]:
    """What a request brings of a design: the canvas, and the calculator's fields as they were typed."""
    texts, budget = typed(request, Section.values), typed(request, BudgetForm.base_fields)
    return {**texts, "budget": budget} if budget else texts
