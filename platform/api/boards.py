"""Rankings, for everybody. Who is on them is shown by the name that they have chosen, or without one."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.pages import Pages, Query, page_of
from api.schema import told
from boards.ranking import Board, Ranks, boards
from catalog.views import spec_or_404
from challenges.spec import Spec
from submissions.standings.models import Standing

CHOICE = 128  # characters


class BoardShape(serializers.Serializer):
    """Where results can be compared with each other."""

    runtime = serializers.CharField()
    machine = serializers.CharField(help_text=_("The CPU on which entries were timed."))


class StandingShape(serializers.Serializer):
    """What counts of an entry. latency: a multiple of the baseline's, estimated where the target names a device,
    otherwise the upper end of its interval.
    """

    result = serializers.CharField()
    gold = serializers.BooleanField()
    points = serializers.FloatField()
    noise = serializers.FloatField()
    accuracy = serializers.FloatField()
    size_bytes = serializers.IntegerField()
    memory_bytes = serializers.IntegerField()
    latency = serializers.FloatField()
    at = serializers.DateTimeField()


class RankShape(StandingShape):
    """One row of a ranking."""

    rank = serializers.SerializerMethodField(help_text=_("Shared by entries that noise cannot tell apart."))
    name = serializers.CharField(source="owner.nameplate.name", allow_null=True, default=None)

    def get_rank(self, row: Standing) -> int:
        """Counted from one."""
        ranks: Ranks = self.context["ranks"]
        return ranks.of(row.points)


class Choice(Query):
    """Which board."""

    runtime = serializers.CharField(required=False, max_length=CHOICE, help_text=_("The busiest if none is given."))
    machine = serializers.CharField(required=False, max_length=CHOICE)


def chosen(spec: Spec, asked: dict[str, str]) -> Board | None:
    """The board that is meant. None if the challenge has none yet. Raises Http404."""
    known = boards(spec)
    fitting = [board for board in known if fits(board, asked)]
    if known and not fitting:
        raise Http404
    return fitting[0] if fitting else None


def fits(board: Board, asked: dict[str, str]) -> bool:
    """Whether it is one that is asked for."""
    return all(getattr(board, name) == value for name, value in asked.items())


class Boards(APIView):
    """`challenges/<id>/boards/`."""

    needs = None

    @told(
        _("The boards of a challenge"),
        _("The busiest first. There is one for each runtime and CPU, because results of different ones are no match."),
        {200: BoardShape(many=True)},
        404,
        public=True,
    )
    def get(self, request: Request, challenge_id: str) -> Response:
        """The boards of a challenge."""
        return Response(BoardShape(boards(spec_or_404(challenge_id)), many=True).data)


class Ranking(APIView):
    """`challenges/<id>/ranking/`."""

    needs = None

    @told(
        _("The ranking on one board"),
        _("Everybody's best entry that holds the gate."),
        {200: page_of(RankShape)},
        404,
        public=True,
        parameters=[Choice],
    )
    def get(self, request: Request, challenge_id: str) -> Response:
        """The ranking on one board."""
        board, pages = chosen(spec_or_404(challenge_id), Choice.of(request)), Pages()
        rows = board.rows.prefetch_related("owner__nameplate") if board else Standing.objects.none()
        page = pages.paginate_queryset(rows, request, view=self)
        context = {"ranks": board.ranks() if board else Ranks([])}
        return pages.get_paginated_response(RankShape(page, many=True, context=context).data)
