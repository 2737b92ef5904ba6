"""Handing in, watching and taking back. Everything is looked up among the asker's own."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.files.base import ContentFile, File
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from api.access import Asked
from api.challenges import address
from api.pages import Pages, Query, page_of
from api.problems import Conflict, Refused
from api.schema import told
from api.uploads.arrived import NotWhole, arrived
from api.uploads.models import Upload
from catalog.absent import absent
from catalog.views import spec_or_404
from challenges.spec import Spec
from grader.wording import Sentence
from submissions import intake
from submissions.models import Status, Submission
from submissions.story import failure
from submissions.waiting import wait_of

DIGEST = r"^[0-9a-f]{64}$"
OURS = UUID("0d6bb1a4-4a5c-4a0e-9a4f-6a9f6a3d9d0e")  # the space in which keys become ids
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=_("Drawn by you. The same key again hands nothing in anew, so a lost answer can be asked for again."),
)


class WaitShape(serializers.Serializer):
    """Where a waiting submission stands in its queue."""

    place = serializers.IntegerField()
    minutes = serializers.IntegerField(allow_null=True, help_text=_("By earlier gradings. null where nobody knows."))


class FailureShape(serializers.Serializer):
    """What went wrong on our side. It costs no attempt."""

    message = serializers.CharField()
    hint = serializers.CharField()


class SubmissionShape(serializers.Serializer):
    """A submission in a list."""

    id = serializers.UUIDField()
    challenge = serializers.CharField()
    version = serializers.IntegerField(help_text=_("Of the challenge, under which it was graded."))
    status = serializers.ChoiceField(Status.values)
    phase = serializers.CharField()
    stage = serializers.CharField()
    stage_fraction = serializers.FloatField()
    result = serializers.CharField()
    gold = serializers.BooleanField()
    points = serializers.FloatField(allow_null=True)
    disqualified = serializers.BooleanField()
    file_name = serializers.CharField()
    file_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    machine = serializers.CharField()
    queued_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    file_removed_at = serializers.DateTimeField(allow_null=True)
    page = serializers.SerializerMethodField()

    @extend_schema_field(serializers.URLField)
    def get_page(self, row: Submission) -> str:
        """Where people see it."""
        return address(self, "submissions:detail", row.pk)


class SubmissionInFull(SubmissionShape):
    """One submission, with what only one is asked for."""

    wait = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()

    @extend_schema_field(WaitShape(allow_null=True))
    def get_wait(self, row: Submission) -> Any:
        """null unless it waits."""
        return WaitShape(wait_of(row)).data if row.status == Status.QUEUED else None

    @extend_schema_field(FailureShape(allow_null=True))
    def get_failure(self, row: Submission) -> Any:
        """null unless we failed."""
        return FailureShape(failure(row)).data if row.status == Status.FAILED else None


class Filter(Query):
    """Which submissions."""

    challenge = serializers.SlugField(required=False)
    status = serializers.ChoiceField(Status.choices, required=False)


class Sent(serializers.Serializer):
    """An entry that comes with the request."""

    challenge = serializers.SlugField()
    file = serializers.FileField(allow_empty_file=True)  # the grader refuses it in words of its own

    def upload(self, _request: Asked) -> "File[bytes]":
        """The file."""
        upload: File[bytes] = self.validated_data["file"]
        return upload


class Arrived(serializers.Serializer):
    """An entry that has come in before: by parts, or with an earlier submission."""

    challenge = serializers.SlugField()
    sha256 = serializers.RegexField(DIGEST)
    file_name = serializers.CharField(max_length=255)

    def upload(self, request: Asked) -> "File[bytes]":
        """The file. Raises Refused if it is not all there."""
        digest, name = self.validated_data["sha256"], self.validated_data["file_name"]
        try:
            return ContentFile(arrived(request.user, digest, name).data, name)
        except NotWhole:
            raise Refused(_not_whole(), "not_whole") from None


def _not_whole() -> Sentence:
    return Sentence(
        str(_("The file with this digest has not arrived, or not all of it.")),
        str(_("Ask uploads/<sha256>/ how much there is, and send the rest. If nothing is missing, begin anew.")),
    )


class Submissions(APIView):
    """`submissions/`."""

    parser_classes = (MultiPartParser, JSONParser)

    @told(_("Your submissions"), _("The newest first."), {200: page_of(SubmissionShape)}, 404, parameters=[Filter])
    def get(self, request: Asked) -> Response:
        """Your submissions."""
        pages = Pages()
        rows = Submission.objects.of(request.user).filter(**Filter.of(request))
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(SubmissionShape(page, many=True, context={"request": request}).data)

    @told(
        _("Hand in an entry"),
        _("With the file, or with the digest of one that has come in before. The answer's `page` is for people."),
        {201: SubmissionInFull, 200: OpenApiResponse(SubmissionInFull, _("It was handed in under this key before."))},
        *(404, 413, 415, 422),
        request={"multipart/form-data": Sent, "application/json": Arrived},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Asked) -> Response:
        """Hand in an entry."""
        sent = (Arrived if request.content_type == "application/json" else Sent)(data=request.data)
        sent.is_valid(raise_exception=True)
        spec = gradable_here(sent.validated_data["challenge"])
        began, key = now(), upload_key(request)
        row = intake.receive(request.user, spec, sent.upload(request), key)
        Upload.objects.of(request.user).filter(sha256=row.sha256).forget()
        return shown(row, request, 201 if row.queued_at >= began else 200)


def gradable_here(challenge_id: str) -> Spec:
    """A challenge whose data is on this machine. Raises Http404, Refused."""
    spec = spec_or_404(challenge_id)
    if missing := absent(spec):
        raise Refused(missing, "data_absent")
    return spec


def upload_key(request: Asked) -> UUID:
    """From the request's key; another one each time where it has none."""
    key = request.headers.get("Idempotency-Key", "")
    return uuid5(OURS, key) if key else uuid4()


def shown(row: Submission, request: Asked, status: int = 200) -> Response:
    """One submission, as it is now in the database."""
    row.refresh_from_db()
    return Response(SubmissionInFull(row, context={"request": request}).data, status=status)


def own_or_404(request: Asked, submission_id: UUID) -> Submission:
    """One of the asker's. Raises Http404."""
    return get_object_or_404(Submission.objects.of(request.user), pk=submission_id)


class OneSubmission(APIView):
    """`submissions/<id>/`."""

    @told(
        _("One submission: place in the queue, stage, verdict"),
        _("Ask every few seconds until `status` is graded, rejected, failed or cancelled."),
        {200: SubmissionInFull},
        404,
    )
    def get(self, request: Asked, submission_id: UUID) -> Response:
        """One submission: place in the queue, stage, verdict."""
        return shown(own_or_404(request, submission_id), request)


class TheReport(APIView):
    """`submissions/<id>/report/`."""

    @told(
        _("The report, as it was measured"),
        _("404 until there is one: while it waits or runs, and where it was cancelled or we failed."),
        {200: OpenApiTypes.OBJECT},
        404,
    )
    def get(self, request: Asked, submission_id: UUID) -> HttpResponse:
        """The report, as it was measured."""
        row = get_object_or_404(Submission.objects.filter(owner=request.user).exclude(report_json=""), pk=submission_id)
        return HttpResponse(row.report_json, content_type="application/json")


class Cancel(APIView):
    """`submissions/<id>/cancel/`."""

    @told(
        _("Take it back while it waits"),
        _("It costs no attempt then. 409 if a worker was first."),
        {200: SubmissionInFull},
        404,
        409,
        request=None,
    )
    def post(self, request: Asked, submission_id: UUID) -> Response:
        """Take it back while it waits."""
        row = own_or_404(request, submission_id)
        if not row.take_back():
            raise Conflict
        return shown(row, request)


class Again(APIView):
    """`submissions/<id>/again/`."""

    @told(
        _("Grade the stored file once more"),
        _("That counts as an attempt, unless it was we who failed. 404 if it has not ended or its file is gone."),
        {201: SubmissionInFull},
        404,
        422,
        request=None,
    )
    def post(self, request: Asked, submission_id: UUID) -> Response:
        """Grade the stored file once more."""
        once = get_object_or_404(Submission.objects.gradable_again(), pk=submission_id, owner=request.user)
        gradable_here(once.challenge)
        return shown(intake.again(once), request, 201)


class TheFile(APIView):
    """`submissions/<id>/file/`."""

    @told(
        _("Remove the stored model"),
        _("Its digest and its report stay. 409 while it waits or runs, and where it is gone already."),
        {204: None},
        404,
        409,
    )
    def delete(self, request: Asked, submission_id: UUID) -> Response:
        """Remove the stored model."""
        row = own_or_404(request, submission_id)
        if not Submission.objects.filter(pk=row.pk).remove_files():
            raise Conflict
        return Response(status=204)
