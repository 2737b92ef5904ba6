"""What real boards ask for: the next model to time, its files, and where to leave what was measured.

A board polls, with a token that an operator has made for its device. It needs no other way into the site.
"""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.access import Asked
from api.problems import Conflict, Refused
from api.schema import told
from api.tokens.models import FOR_DEVICE
from grader.devices.targets import devices
from grader.report import LatencyFacts, TimingProcess
from grader.runtimes.base import RUNTIMES
from grader.wording import Sentence
from submissions.measurements import errands
from submissions.measurements.models import LEASE_S, NAME, Measurement

FEWEST, MOST = RUNTIMES["onnx"].processes
WORD, SLICES, LONGEST_NS = 256, 10_000, 10**12


class Facts(serializers.DictField):
    """What a machine says of itself, or what filled the gaps of a message."""

    child = serializers.CharField(max_length=WORD, allow_blank=True)


class ClaimShape(serializers.Serializer):
    """Who asks."""

    name = serializers.CharField(max_length=NAME)
    machine = Facts(help_text=_("Its processor (cpu_part), kernel, clock, governor and versions."))


class LeaseShape(serializers.Serializer):
    """What is to be timed. The lease ends by itself unless it is renewed."""

    id = serializers.UUIDField()
    attempt = serializers.IntegerField(help_text=_("A part of the address of everything that follows."))
    challenge = serializers.CharField()
    lease_s = serializers.IntegerField()


class Samples(serializers.ListField):
    """One figure for each slice, in ns."""

    child = serializers.IntegerField(min_value=1, max_value=LONGEST_NS)

    def __init__(self, **more: Any) -> None:
        super().__init__(min_length=1, max_length=SLICES, **more)


class ProcessShape(serializers.Serializer):
    """One fresh process: per slice the least CPU time of one inference, and that of the whole slice."""

    runs_per_slice = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_NS),
        min_length=2,
        max_length=2,
        help_text=_("Of the reference and of the entry."),
    )
    reference_min_ns = Samples()
    reference_total_ns = Samples()
    entry_min_ns = Samples()
    entry_total_ns = Samples()


class AnswerShape(serializers.Serializer):
    """What was measured: raw samples. What they say is computed by the site."""

    processes = serializers.ListField(child=ProcessShape(), min_length=FEWEST, max_length=MOST)
    machine = Facts()

    def latency(self) -> LatencyFacts:
        """What the samples say. Raises Refused if no timing can have given them."""
        processes = msgspec.convert(self.validated_data["processes"], list[TimingProcess])
        try:
            return errands.latency_of(processes)
        except errands.Implausible as fault:
            sentence = _("No timing gives such samples (%(fault)s).") % {"fault": fault}
            raise Refused(Sentence(sentence, ""), "implausible") from None


class FailureOnBoard(serializers.Serializer):
    """Why nothing could be measured."""

    code = serializers.RegexField(r"^[a-z0-9_]{1,64}$")
    params = Facts(required=False)


class Claim(APIView):
    """`devices/<device>/claim/`."""

    needs = FOR_DEVICE

    @told(
        _("The next model that a board shall time"),
        _("A board that asks again while it has one gets the same one anew. The first request registers the board."),
        {200: LeaseShape, 204: OpenApiResponse(None, _("Nothing waits for this device."))},
        *(404, 415, 422),
        request=ClaimShape,
    )
    def post(self, request: Asked, device: str) -> Response:
        """The next model that a board shall time."""
        asked = ClaimShape(data=request.data)
        asked.is_valid(raise_exception=True)
        refuse_other_devices(device, asked.validated_data["machine"])
        row = errands.claim(device, asked.validated_data["name"], asked.validated_data["machine"])
        if row is None:
            return Response(status=204)
        lease = {"id": row.pk, "attempt": row.attempt, "challenge": row.challenge, "lease_s": LEASE_S}
        return Response(LeaseShape(lease).data)


def refuse_other_devices(device: str, machine: dict[str, str]) -> None:
    """Raises Refused for a machine that says that it has another processor."""
    known = devices().get(device)
    if known is None or machine.get("cpu_part") != known.part:
        facts = {"found": machine.get("cpu_part", "–"), "device": known.title if known else device}
        sentence = _("A machine with the processor %(found)s is no %(device)s.") % facts
        raise Refused(Sentence(sentence, ""), "wrong_device")


def leased(device: str, measurement_id: UUID, attempt: int) -> Measurement:
    """A row as its board knows it: under the number of its lease, which may be over. Raises Http404."""
    row = get_object_or_404(Measurement, pk=measurement_id, device=device)
    row.attempt = attempt
    return row


def gone_on(is_ours: bool) -> Response:
    """The answer to a step. Raises Conflict if the lease was over before."""
    if not is_ours:
        raise Conflict
    return Response(status=204)


class OneLease(APIView):
    """`devices/<device>/leases/<id>/<attempt>/`."""

    needs = FOR_DEVICE

    @told(
        _("What is to be timed, as an .npz file"),
        _("The model, the baseline and public items without labels. Nothing tells whose model it is."),
        {(200, "application/octet-stream"): OpenApiTypes.BINARY},
        404,
        409,
    )
    def get(self, request: Asked, device: str, measurement_id: UUID, attempt: int) -> HttpResponse:
        """What is to be timed, as an .npz file."""
        row = leased(device, measurement_id, attempt)
        data = errands.errand(row) if row.renew_lease() else None
        if data is None:
            raise Conflict
        return HttpResponse(data, content_type="application/octet-stream")

    @told(
        _("Renew a lease"),
        _("Three times in its length. 409 once it is over: the work is another's then."),
        {204: None},
        *(404, 409, 415),
        request=None,
    )
    def patch(self, request: Asked, device: str, measurement_id: UUID, attempt: int) -> Response:
        """Renew a lease."""
        return gone_on(leased(device, measurement_id, attempt).renew_lease())

    @told(
        _("Hand in what was measured"),
        _("It ends the lease, so it can be done once. The figures are computed from the samples here."),
        {204: None},
        *(404, 409, 415, 422),
        request=AnswerShape,
    )
    def put(self, request: Asked, device: str, measurement_id: UUID, attempt: int) -> Response:
        """Hand in what was measured."""
        row, answer = leased(device, measurement_id, attempt), AnswerShape(data=request.data)
        answer.is_valid(raise_exception=True)
        refuse_other_devices(device, answer.validated_data["machine"])
        return gone_on(row.finish(answer.latency(), answer.validated_data["machine"]))


class LeaseFailure(APIView):
    """`devices/<device>/leases/<id>/<attempt>/failure/`."""

    needs = FOR_DEVICE

    @told(
        _("Say that nothing could be measured"),
        _("It ends the lease. The work waits once more, and is given up after the second failure."),
        {204: None},
        *(404, 409, 415),
        request=FailureOnBoard,
    )
    def post(self, request: Asked, device: str, measurement_id: UUID, attempt: int) -> Response:
        """Say that nothing could be measured."""
        row, failure = leased(device, measurement_id, attempt), FailureOnBoard(data=request.data)
        failure.is_valid(raise_exception=True)
        told_why = failure.validated_data
        return gone_on(row.fail(told_why["code"], told_why.get("params", {})))
