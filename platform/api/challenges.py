"""What can be handed in to, for everybody."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.schema import told
from catalog.absent import absent
from catalog.card import measured_baseline, rows
from catalog.demands import demands
from catalog.kernels import kernel_rows
from catalog.views import spec_or_404
from challenges.judge import model_spec
from challenges.kernels.spec import KernelSpec
from challenges.registry import everything
from challenges.spec import ChallengeSpec, Spec
from grader.challenge import Baseline


class ChallengeShape(serializers.Serializer):
    """A challenge in a list."""

    id = serializers.SlugField()
    version = serializers.IntegerField()
    track = serializers.CharField()
    title = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    minutes = serializers.IntegerField(help_text=_("How long it takes somebody who knows how."))
    metric = serializers.CharField(
        allow_null=True, default=None, help_text=_("None for a kernel, which is right or wrong.")
    )
    skills = serializers.ListField(child=serializers.CharField())
    formats = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    page = serializers.SerializerMethodField()

    def get_title(self, spec: Spec) -> str:
        """In the reader's language."""
        return spec.title[get_language() or "en"]

    def get_summary(self, spec: Spec) -> str:
        """In the reader's language."""
        return spec.summary[get_language() or "en"]

    @extend_schema_field(serializers.URLField)
    def get_page(self, spec: Spec) -> str:
        """Where people read about it."""
        return address(self, "catalog:challenge", spec.id)


class TargetShape(serializers.Serializer):
    """Bytes, for latency a multiple of the baseline's, for a device estimated cycles."""

    name = serializers.CharField()
    baseline = serializers.FloatField(allow_null=True)
    par = serializers.FloatField()
    gold = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField()
    device = serializers.CharField(
        help_text=_("The device on which latency is estimated. Empty for what is measured, and for kernels.")
    )


class BaselineShape(serializers.Serializer):
    """What the untouched model measures here. accuracy: a fraction."""

    accuracy = serializers.FloatField()
    size_bytes = serializers.IntegerField()
    memory_bytes = serializers.IntegerField()


class ChallengeInFull(ChallengeShape):
    """A challenge with its task."""

    brief = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()
    max_drop = serializers.FloatField(
        source="targets.max_drop", allow_null=True, default=None, help_text=_("Of accuracy, as a fraction: the gate.")
    )
    gold_max_drop = serializers.FloatField(source="targets.gold.max_drop", allow_null=True, default=None)
    targets = serializers.SerializerMethodField()
    baseline = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    starter = serializers.SerializerMethodField()

    def get_brief(self, spec: Spec) -> str:
        """Markdown in the reader's language."""
        return spec.brief(get_language() or "en")

    def get_rules(self, spec: Spec) -> list[str]:
        """What the grader proves in the graph, in sentences."""
        return demands(spec.rules) if isinstance(spec, ChallengeSpec) else []

    @extend_schema_field(TargetShape(many=True))
    def get_targets(self, spec: Spec) -> Any:
        """What is asked for, beside what the baseline has."""
        if isinstance(spec, KernelSpec):
            return TargetShape(kernel_rows(spec), many=True).data
        return TargetShape(rows(model_spec(spec).targets, measured(spec)), many=True).data

    @extend_schema_field(BaselineShape(allow_null=True))
    def get_baseline(self, spec: Spec) -> Any:
        """None where nobody has measured it yet."""
        known = measured(spec)
        return BaselineShape(known).data if known else None

    def get_missing(self, spec: Spec) -> str:
        """Why nothing can be handed in at the moment. Empty if it can."""
        sentence = absent(spec)
        return sentence.message if sentence else ""

    @extend_schema_field(serializers.URLField)
    def get_starter(self, spec: Spec) -> str:
        """The starter kit, a ZIP."""
        return address(self, "catalog:starter", spec.id)


def measured(spec: Spec) -> Baseline | None:
    """What the baseline measures here, if its data is."""
    return None if absent(spec) or isinstance(spec, KernelSpec) else measured_baseline(spec.id)


def address(shape: serializers.Serializer, name: str, *arguments: object) -> str:
    """Of one of our pages, in full."""
    request: Request = shape.context["request"]
    return str(request.build_absolute_uri(reverse(name, args=arguments)))


class Challenges(APIView):
    """`challenges/`."""

    needs = None

    @told(
        _("All challenges"), _("Those that take the least time first."), {200: ChallengeShape(many=True)}, public=True
    )
    def get(self, request: Request) -> Response:
        """All challenges."""
        shown = sorted(everything().values(), key=lambda spec: spec.minutes)
        return Response(ChallengeShape(shown, many=True, context={"request": request}).data)


class Challenge(APIView):
    """`challenges/<id>/`."""

    needs = None

    @told(
        _("One challenge: task, rules, targets, starter kit"),
        _("Figures are those of this installation."),
        {200: ChallengeInFull},
        404,
        public=True,
    )
    def get(self, request: Request, challenge_id: str) -> Response:
        """One challenge: task, rules, targets, starter kit."""
        return Response(ChallengeInFull(spec_or_404(challenge_id), context={"request": request}).data)
