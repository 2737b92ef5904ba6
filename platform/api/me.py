"""What the site knows of the asker."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.access import Asked
from api.boards import StandingShape
from api.schema import told
from api.tokens.models import Scope
from skills.map import skill_map
from skills.models import Evidence, Kind
from skills.standing import Standing as SkillStanding
from skills.standing import standings
from submissions.standings.models import Standing


class TokenShape(serializers.Serializer):
    """The token that was sent."""

    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(source="expiry")


class LimitsShape(serializers.Serializer):
    """What one person may do."""

    daily_attempts = serializers.IntegerField(help_text=_("For each challenge."))
    running_at_once = serializers.IntegerField()
    upload_cap_bytes = serializers.IntegerField()


class MeShape(serializers.Serializer):
    """Who asks, with what."""

    email = serializers.EmailField()
    token = TokenShape()
    limits = LimitsShape()


class EvidenceShape(serializers.Serializer):
    """One thing that speaks for a skill."""

    kind = serializers.ChoiceField(Kind.choices)
    level = serializers.IntegerField()
    page = serializers.SerializerMethodField()
    recorded_at = serializers.DateTimeField()

    @extend_schema_field(serializers.URLField)
    def get_page(self, row: Evidence) -> str:
        """Where it can be seen."""
        request: Asked = self.context["request"]
        return str(request.build_absolute_uri(row.address))


class SkillShape(serializers.Serializer):
    """A skill for which something speaks."""

    skill = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    kind = serializers.ChoiceField(Kind.choices, help_text=_("The strongest evidence for this level."))
    evidence = EvidenceShape(many=True)


class BestShape(StandingShape):
    """Your entry that counts on a board."""

    challenge = serializers.CharField()
    version = serializers.IntegerField()
    runtime = serializers.CharField()
    machine = serializers.CharField()
    submission = serializers.UUIDField(source="submission_id")
    sha256 = serializers.CharField(source="submission.sha256")


class Me(APIView):
    """`me/`."""

    @told(_("You, your token and your limits"), _("A program can see here when its token will expire."), {200: MeShape})
    def get(self, request: Asked) -> Response:
        """You, your token and your limits."""
        names = ("daily_attempts", "running_at_once", "upload_cap_bytes")
        limits = {name: getattr(settings, name.upper()) for name in names}
        return Response(MeShape({"email": request.user.email, "token": request.auth, "limits": limits}).data)


class MyToken(APIView):
    """`me/token/`."""

    needs = Scope.READ  # every token may end itself

    @told(_("Revoke the token that is sent"), _("It works no more after this."), {204: None})
    def delete(self, request: Asked) -> Response:
        """Revoke the token that is sent."""
        request.auth.delete()
        return Response(status=204)


class Progress(APIView):
    """`me/progress/`."""

    @told(
        _("Your skills, with the evidence for each"),
        _("Levels are those of the skill map; declared is weaker than practised, and that weaker than measured."),
        {200: SkillShape(many=True)},
    )
    def get(self, request: Asked) -> Response:
        """Your skills, with the evidence for each."""
        stands = [skill(name, standing) for name, standing in standings(Evidence.objects.of(request.user)).items()]
        return Response(SkillShape(stands, many=True, context={"request": request}).data)


def skill(name: str, standing: SkillStanding) -> dict[str, object]:
    """How the asker stands in it."""
    return {
        "skill": name,
        "name": skill_map()[name].name[get_language() or "en"],
        "level": standing.level,
        "kind": standing.kind,
        "evidence": standing.evidence,
    }


class Portfolio(APIView):
    """`me/portfolio/`."""

    @told(
        _("Your best results, with what they were measured on"),
        _("One for each challenge, runtime and CPU. `submissions/<id>/report/` has everything behind it."),
        {200: BestShape(many=True)},
    )
    def get(self, request: Asked) -> Response:
        """Your best results, with what they were measured on."""
        best = Standing.objects.filter(owner=request.user).select_related("submission").defer("submission__report_json")
        return Response(BestShape(best.order_by("challenge", "-points", "pk"), many=True).data)
