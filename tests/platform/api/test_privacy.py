"""A second person can read or change nothing of the first: asked at every operation that the document names."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.belongings import belongings
from accounts.models import User
from api.models import Token, Upload
from boards.models import Nameplate
from grader.entry import Entry
from submissions.measurements.models import Measurement
from submissions.models import Submission
from submissions.standings.standing import stand
from tests.platform.conftest import ONNX, MakeReport

pytestmark = pytest.mark.django_db
DIGEST = Entry("", ONNX).sha256
BEGUN = "b" * 64
PUBLIC = {
    "GET /api/v1/challenges/",
    "GET /api/v1/challenges/{challenge_id}/",
    "GET /api/v1/challenges/{challenge_id}/boards/",
    "GET /api/v1/challenges/{challenge_id}/ranking/",
}
REFUSED = {
    "GET /api/v1/submissions/{submission_id}/",
    "GET /api/v1/submissions/{submission_id}/report/",
    "POST /api/v1/submissions/{submission_id}/cancel/",
    "POST /api/v1/submissions/{submission_id}/again/",
    "DELETE /api/v1/submissions/{submission_id}/file/",
}
"""Of what belongs to others it says that there is no such thing."""
ABOUT_THE_ASKER = {
    "GET /api/v1/submissions/",
    "POST /api/v1/submissions/",
    "GET /api/v1/uploads/{sha256}/",
    "PATCH /api/v1/uploads/{sha256}/",
    "DELETE /api/v1/uploads/{sha256}/",
    "GET /api/v1/me/",
    "GET /api/v1/me/progress/",
    "GET /api/v1/me/portfolio/",
    "DELETE /api/v1/me/token/",
}
"""These have no address of anybody else's. They must tell and change what is the asker's own."""

FOR_BOARDS = {
    "POST /api/v1/devices/{device}/claim/",
    "GET /api/v1/devices/{device}/leases/{measurement_id}/{attempt}/",
    "PATCH /api/v1/devices/{device}/leases/{measurement_id}/{attempt}/",
    "PUT /api/v1/devices/{device}/leases/{measurement_id}/{attempt}/",
    "POST /api/v1/devices/{device}/leases/{measurement_id}/{attempt}/failure/",
}
"""They reach models of anybody, so only tokens that an operator made for a board are good for them."""


def operations() -> set[str]:
    """All that the document names."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}


@dataclass
class First:
    """The first person, with something of everything."""

    person: User
    waiting: Submission
    graded: Submission
    measured: Measurement

    @property
    def secrets(self) -> list[str]:
        """What would betray them."""
        return [self.person.email, str(self.waiting.pk), str(self.graded.pk), str(self.measured.pk), "secret-name.onnx"]

    def belongings(self) -> str:
        """Every row of theirs."""
        return "".join(serializers.serialize("json", rows) for rows in belongings(self.person))


@pytest.fixture
def first(mine: APIClient, user: User, graded: MakeReport) -> First:
    """Two submissions, one graded, ranked and being timed on a board; an unfinished upload; a token."""
    for data in (ONNX, ONNX + b"!"):
        sent = {"challenge": "int8_fashion", "sha256": Entry("", data).sha256, "file_name": "secret-name.onnx"}
        part = {"content_type": "application/octet-stream", "headers": {"Upload-Offset": "0"}}
        mine.generic("PATCH", f"/api/v1/uploads/{sent['sha256']}/", data, **part)
        assert mine.post("/api/v1/submissions/", sent, format="json").status_code == 201
    mine.generic("PATCH", f"/api/v1/uploads/{BEGUN}/", b"x", **part)
    done, waiting = Submission.objects.order_by("queued_at")
    done.claim()
    done.finish(graded())
    stand(user.pk, "int8_fashion")
    measured = Measurement.objects.create(submission=done, owner=user, challenge=done.challenge, device="pi5")
    measured.claim("shelf")
    return First(user, waiting, Submission.objects.get(pk=done.pk), measured)


def ask(client: Client, operation: str, first: First, digest: str = BEGUN) -> Any:
    """An operation, at the address of what is the first one's."""
    method, path = operation.split(" ")
    row = first.waiting if "cancel" in path else first.graded
    gaps = {"device": "pi5", "measurement_id": first.measured.pk, "attempt": first.measured.attempt}
    path = path.format(challenge_id="int8_fashion", submission_id=row.pk, sha256=digest, **gaps)
    body: dict[str, Any] = {}
    if operation == "POST /api/v1/submissions/":
        body = {"data": json.dumps({"challenge": "int8_fashion", "sha256": DIGEST, "file_name": "entry.onnx"})}
    if method == "PATCH":
        body = {"data": b"y", "headers": {"Upload-Offset": "1"}}
    kind = "application/octet-stream" if method == "PATCH" else "application/json"
    return client.generic(method, path, content_type=kind, **body)


def test_every_operation_is_asked_below() -> None:
    assert operations() == PUBLIC | REFUSED | ABOUT_THE_ASKER | FOR_BOARDS


@pytest.mark.parametrize("operation", sorted(REFUSED))
def test_what_is_somebody_elses_does_not_exist(
    operation: str, first: First, theirs: APIClient, mine: APIClient
) -> None:
    before = first.belongings()

    answer = ask(theirs, operation, first)

    assert answer.status_code == 404
    assert first.belongings() == before
    assert ask(mine, operation, first).status_code < 300  # the address was right


@pytest.mark.parametrize("operation", sorted(FOR_BOARDS))
@pytest.mark.parametrize("asker", ["the owner", "somebody else"])
def test_what_boards_ask_for_nobody_gets_with_a_token_of_their_own(
    asker: str, operation: str, first: First, mine: APIClient, theirs: APIClient
) -> None:
    before = first.belongings()

    answer = ask(mine if asker == "the owner" else theirs, operation, first)

    assert answer.status_code == 403
    assert not [secret for secret in first.secrets if secret in answer.content.decode()]
    assert first.belongings() == before


@pytest.mark.parametrize("operation", sorted(ABOUT_THE_ASKER | PUBLIC))
def test_nothing_else_tells_or_changes_what_is_somebody_elses(
    operation: str, first: First, theirs: APIClient, tmp_path: Path
) -> None:
    before, parts = first.belongings(), sorted((tmp_path / "media").rglob("*"))

    told = ask(theirs, operation, first).content.decode()

    assert not [secret for secret in first.secrets if secret in told]
    assert first.belongings() == before
    assert set(parts) <= set((tmp_path / "media").rglob("*"))


@pytest.mark.parametrize("operation", sorted(REFUSED | ABOUT_THE_ASKER | FOR_BOARDS))
def test_without_a_token_nothing_of_anybody_is_told(operation: str, first: First, client: Client) -> None:
    before = first.belongings()

    answer = ask(client, operation, first)

    assert answer.status_code == 401
    assert first.belongings() == before


@pytest.mark.parametrize("operation", sorted(REFUSED | ABOUT_THE_ASKER | FOR_BOARDS))
def test_a_session_of_the_browser_is_no_token(operation: str, first: First, client: Client) -> None:
    client.force_login(first.person)

    assert ask(client, operation, first).status_code == 401


def test_the_digest_of_a_file_of_somebody_else_hands_nothing_in(first: First, theirs: APIClient, other: User) -> None:
    answer = ask(theirs, "POST /api/v1/submissions/", first)

    assert answer.status_code == 422
    assert not Submission.objects.filter(owner=other).exists()


def test_a_ranking_names_only_who_wants_it(first: First, client: Client) -> None:
    address = "/api/v1/challenges/int8_fashion/ranking/"
    without = client.get(address).json()["results"]
    Nameplate.objects.create(owner=first.person, name="軽子")

    assert [row["name"] for row in without] == [None]
    assert [row["name"] for row in client.get(address).json()["results"]] == ["軽子"]


def test_deleting_a_token_of_ones_own_leaves_those_of_others(first: First, theirs: APIClient) -> None:
    ask(theirs, "DELETE /api/v1/me/token/", first)

    assert [token.user for token in Token.objects.all()] == [first.person]


def test_giving_up_an_upload_leaves_that_of_another(first: First, theirs: APIClient) -> None:
    ask(theirs, "PATCH /api/v1/uploads/{sha256}/", first)
    ask(theirs, "DELETE /api/v1/uploads/{sha256}/", first)

    assert Upload.objects.get().read() == b"x"
