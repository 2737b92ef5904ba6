"""Sending a file by parts, so that a broken connection costs only the part that it broke."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from api.access import Asked
from api.problems import Refused
from api.schema import told
from api.uploads.arrived import is_kept
from api.uploads.models import AT_ONCE, Upload
from grader.wording import Sentence

PART_BYTES = 8 * 2**20
SHA256 = OpenApiParameter(
    "sha256",
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    OpenApiParameter.PATH,
    description=_("Digest of the whole file, in lower case."),
)
OFFSET = OpenApiParameter(
    "Upload-Offset",
    {"type": "integer", "minimum": 0},
    OpenApiParameter.HEADER,
    required=True,
    description=_("Where in the file this part begins: received_bytes of the last answer."),
)


class Bytes(BaseParser):
    """A part as it is."""

    media_type = "application/octet-stream"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """No more than one byte too many."""
        return stream.read(PART_BYTES + 1)


class UploadShape(serializers.Serializer):
    """How far a file has come in."""

    sha256 = serializers.CharField()
    received_bytes = serializers.IntegerField()
    is_kept = serializers.BooleanField(
        help_text=_("An earlier submission of yours has this file: it need not be sent again.")
    )


class Part(serializers.Serializer):
    """The header of a part."""

    offset = serializers.IntegerField(min_value=0, max_value=2**53)


class OneUpload(APIView):
    """`uploads/<sha256>/`."""

    parser_classes = (Bytes,)

    @told(
        _("How much of a file has come in"),
        _("Nothing has of one that you have never begun."),
        {200: UploadShape},
        404,
        parameters=[SHA256],
    )
    def get(self, request: Asked, sha256: str) -> Response:
        """How much of a file has come in."""
        return shown(Upload.objects.filter(owner=request.user, sha256=sha256).first(), request, sha256)

    @told(
        _("Send the next part of a file"),
        _("At most 8 MiB at once. When all is there, hand it in by its digest. It is kept for a day."),
        {200: UploadShape, 409: OpenApiResponse(UploadShape, _("It does not begin where the last part ended."))},
        *(404, 413, 415, 422),
        parameters=[SHA256, OFFSET],
        request={"application/octet-stream": OpenApiTypes.BINARY},
    )
    def patch(self, request: Asked, sha256: str) -> Response:
        """Send the next part of a file."""
        head = Part(data={"offset": request.headers.get("Upload-Offset")})
        head.is_valid(raise_exception=True)
        offset, data = head.validated_data["offset"], part_of(request)
        refuse_unfit(offset, data)
        upload = begun(request, sha256)
        added = upload.append(offset, data)
        return shown(upload, request, sha256, status=200 if added else 409)

    @told(
        _("Give up on an upload"),
        _("What has come in is removed. What was handed in before is not touched."),
        {204: None},
        404,
        parameters=[SHA256],
    )
    def delete(self, request: Asked, sha256: str) -> Response:
        """Give up on an upload."""
        Upload.objects.filter(owner=request.user, sha256=sha256).forget()
        return Response(status=204)


def part_of(request: Asked) -> bytes:
    """The body. Without one the framework gives something else, which is empty."""
    sent: Any = request.data
    return sent if isinstance(sent, bytes) else b""


def refuse_unfit(offset: int, data: bytes) -> None:
    """Raises Refused."""
    if not data or len(data) > PART_BYTES:
        raise Refused(Sentence(str(_("A part has at least one byte and at most 8 MiB."))), "part_size")
    if offset + len(data) > settings.UPLOAD_CAP_BYTES:
        limit = settings.UPLOAD_CAP_BYTES // 2**20
        raise Refused(Sentence(_("A file may have at most %(limit)s MiB.") % {"limit": limit}, ""), "file_too_large")


def begun(request: Asked, sha256: str) -> Upload:
    """The upload of this file, a new one if need be. Raises Refused if there are too many."""
    known = Upload.objects.of(request.user)
    if known.count() >= AT_ONCE and not known.filter(sha256=sha256).exists():
        hint = str(_("Hand them in or delete them first."))
        raise Refused(Sentence(str(_("You have as many unfinished uploads as one person may have.")), hint), "too_many")
    return known.get_or_create(owner=request.user, sha256=sha256)[0]


def shown(upload: Upload | None, request: Asked, sha256: str, status: int = 200) -> Response:
    """How far it is now."""
    if upload:
        upload.refresh_from_db()
    told_now = {
        "sha256": sha256,
        "received_bytes": upload.received_bytes if upload else 0,
        "is_kept": is_kept(request.user, sha256),
    }
    return Response(UploadShape(told_now).data, status=status)
