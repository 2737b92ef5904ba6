"""What a board of an operator gets from the API, and what nobody else does."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from rest_framework.test import APIClient

from accounts.models import User
from api.models import Scope, Token
from challenges.errand import Errand
from grader.challenge import Challenge, EvaluationSet
from submissions import files, grading
from submissions.measurements.models import Board, Measurement
from submissions.models import Submission
from tests.platform.api.conftest import program
from tests.platform.conftest import ONNX, MakeReport, timed

pytestmark = pytest.mark.django_db
PI5 = {"cpu_part": "0xd0b", "kernel": "6.12"}
CLAIM = "/api/v1/devices/pi5/claim/"
ASKED = {"name": "shelf", "machine": PI5}
ANSWER = {"processes": msgspec.to_builtins([timed(0.5)] * 5), "machine": PI5}


def operators_token(scope: str = "measure:pi5", *, is_staff: bool = True) -> str:
    """A token with this scope."""
    operator, _ = User.objects.get_or_create(email=f"operator-{is_staff}@example.com", is_staff=is_staff)
    _row, text = Token.objects.create(user=operator, name="a board", scopes=[scope], expiry=timedelta(days=1))
    return str(text)


@pytest.fixture
def board(db: None) -> APIClient:
    """A board with an operator's token, that has asked once."""
    client = program(operators_token())
    assert client.post(CLAIM, ASKED, format="json").status_code == 204
    return client


@pytest.fixture
def waiting(board: APIClient, submission: Submission, graded: MakeReport) -> Measurement:
    """A measurement that waits for it, with the file that was handed in."""
    default_storage.save(files.path_of(submission.sha256), ContentFile(ONNX))
    submission.claim()
    grading.finish(submission, graded())
    return Measurement.objects.get()


@pytest.fixture
def lease(board: APIClient, waiting: Measurement) -> str:
    """The address of a lease that the board has."""
    told = board.post(CLAIM, ASKED, format="json").json()
    assert told["id"] == str(waiting.pk)
    return f"/api/v1/devices/pi5/leases/{told['id']}/{told['attempt']}/"


def answers(client: APIClient, address: str) -> dict[str, int]:
    """The status of everything that a board may do."""
    return {
        "claim": client.post(CLAIM, ASKED, format="json").status_code,
        "fetch": client.get(address).status_code,
        "renew": client.patch(address).status_code,
        "give up": client.post(f"{address}failure/", {"code": "crashed"}, format="json").status_code,
        "hand in": client.put(address, ANSWER, format="json").status_code,
    }


def test_the_first_request_registers_a_board(db: None) -> None:
    assert not Board.objects.exists()

    program(operators_token()).post(CLAIM, ASKED, format="json")

    assert [(board.device, board.name, board.machine) for board in Board.objects.all()] == [("pi5", "shelf", PI5)]


def test_a_board_is_told_what_to_time_and_for_how_long_it_has_it(board: APIClient, waiting: Measurement) -> None:
    told = board.post(CLAIM, ASKED, format="json").json()

    assert told == {"id": str(waiting.pk), "attempt": 1, "challenge": "int8_fashion", "lease_s": 300}
    assert Measurement.objects.get().worker == "shelf"


def test_it_gets_the_model_the_baseline_and_public_items_and_nothing_else(
    board: APIClient, lease: str, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    def load_split(spec: Any, split: Any) -> Challenge:
        inputs = np.full((300, 1, 28, 28), 7 if split == "public" else 9, np.float32)
        return Challenge(
            id=spec.id,
            version=spec.version,
            rules=spec.rules,
            targets=spec.targets,
            reference=b"reference",
            evaluation=EvaluationSet(split, inputs, np.full(300, 5, np.int64)),
            calibration=inputs,
        )

    monkeypatch.setattr("submissions.measurements.errands.load", load_split)

    answer = board.get(lease)

    errand = Errand.from_bytes(answer.content)
    assert answer["Content-Type"] == "application/octet-stream"
    assert (errand.challenge, errand.model, errand.reference) == ("int8_fashion", ONNX, b"reference")
    assert errand.inputs.shape == (256, 1, 28, 28)
    assert (errand.inputs == 7).all()
    for secret in (submission.file_name, submission.owner.email, str(submission.pk)):
        assert secret.encode() not in answer.content


def test_an_errand_that_we_cannot_make_is_our_fault_and_waits_once_more(board: APIClient, lease: str) -> None:
    default_storage.delete(files.path_of(Submission.objects.get().sha256))

    assert board.get(lease).status_code == 409
    row = Measurement.objects.get()
    assert (row.status, row.losses) == ("queued", 1)


def test_what_it_hands_in_is_kept_with_its_own_account_of_itself(board: APIClient, lease: str) -> None:
    answer = board.put(lease, ANSWER, format="json")

    row = Measurement.objects.get()
    assert answer.status_code == 204
    assert (row.status, row.worker, row.machine) == ("done", "shelf", PI5)
    assert row.latency.ratio == pytest.approx(0.5, rel=0.01)
    assert row.latency.processes == (timed(0.5),) * 5


def test_a_lease_is_answered_once(board: APIClient, lease: str) -> None:
    other = ANSWER | {"processes": msgspec.to_builtins([timed(0.1)] * 5)}

    first, second = board.put(lease, ANSWER, format="json"), board.put(lease, other, format="json")

    assert (first.status_code, second.status_code) == (204, 409)
    assert Measurement.objects.get().latency.ratio == pytest.approx(0.5, rel=0.01)


def test_a_lease_that_is_over_is_good_for_nothing(board: APIClient, lease: str) -> None:
    Measurement.objects.update(lease_until=now() - timedelta(seconds=1))
    Measurement.objects.all().reap()
    before = Measurement.objects.values().get()

    said = answers(board, lease)

    assert said == {"claim": 200, "fetch": 409, "renew": 409, "give up": 409, "hand in": 409}
    assert before["status"] == "queued"
    assert Measurement.objects.get().attempt == 2


def test_a_renewed_lease_lasts_longer(board: APIClient, lease: str) -> None:
    Measurement.objects.update(lease_until=now())

    assert board.patch(lease).status_code == 204
    assert Measurement.objects.get().lease_until > now() + timedelta(minutes=4)


def test_a_failure_waits_once_more_and_then_stays(board: APIClient, lease: str) -> None:
    why = {"code": "memory_limit", "params": {"limit_mib": "512"}}

    board.post(f"{lease}failure/", why, format="json")
    once = Measurement.objects.get().status
    told = board.post(CLAIM, ASKED, format="json").json()
    board.post(f"/api/v1/devices/pi5/leases/{told['id']}/{told['attempt']}/failure/", why, format="json")

    row = Measurement.objects.get()
    assert (once, row.status, row.failure_code, row.failure_params) == (
        "queued",
        "failed",
        "memory_limit",
        why["params"],
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"processes": ANSWER["processes"][:4]},
        {"processes": [*ANSWER["processes"][:4], ANSWER["processes"][4] | {"entry_min_ns": [1]}]},
        {"processes": [*ANSWER["processes"][:4], ANSWER["processes"][4] | {"entry_min_ns": [0] * 8}]},
        {"machine": PI5 | {"cpu_part": "0xd08"}},
        {"machine": {}},
    ],
)
def test_an_answer_that_cannot_be_true_is_refused_and_the_lease_stays(
    wrong: dict[str, Any], board: APIClient, lease: str
) -> None:
    refused = board.put(lease, ANSWER | wrong, format="json")

    assert refused.status_code in (400, 422)
    assert Measurement.objects.get().status == "running"
    assert board.put(lease, ANSWER, format="json").status_code == 204


@pytest.mark.parametrize(
    ("scope", "is_staff"), [("measure:pi4", True), ("measure:pi5", False), (Scope.READ, True), (Scope.SUBMIT, True)]
)
def test_a_token_of_another_kind_or_device_or_person_is_good_for_nothing(
    scope: str, is_staff: bool, lease: str
) -> None:
    before = Measurement.objects.values().get()

    said = answers(program(operators_token(scope, is_staff=is_staff)), lease)

    assert set(said.values()) == {403}
    assert Measurement.objects.values().get() == before


def test_a_token_of_one_device_reaches_nothing_of_another(board: APIClient, lease: str) -> None:
    client = program(operators_token("measure:pi4"))
    elsewhere = lease.replace("pi5", "pi4")

    assert [client.get(elsewhere).status_code, client.put(elsewhere, ANSWER, format="json").status_code] == [404, 404]
    assert Measurement.objects.get().status == "running"


def test_a_machine_that_says_that_it_is_another_is_refused_and_not_registered(db: None) -> None:
    asked = {"name": "laptop", "machine": {"cpu_part": "0xd08"}}

    answer = program(operators_token()).post(CLAIM, asked, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_device")
    assert not Board.objects.exists()


def test_an_operator_who_is_one_no_more_has_a_board_no_more(board: APIClient, lease: str) -> None:
    User.objects.update(is_staff=False)

    assert set(answers(board, lease).values()) == {403}


def test_a_token_for_a_board_is_good_for_that_alone(board: APIClient) -> None:
    assert [board.get(f"/api/v1/{path}/").status_code for path in ("me", "submissions")] == [403, 403]


CHOICE = {"name": "board", "days": 365, "scopes": ["measure:pi5"]}


def test_operators_make_tokens_for_boards(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("operator@example.com", "x"))

    made = client.post(reverse("api:tokens"), CHOICE).context["made"]

    assert program(made).post(CLAIM, ASKED, format="json").status_code == 204
    assert "measure:pi4" in client.get(reverse("api:tokens")).content.decode()


def test_nobody_else_does(signed_in: Client) -> None:
    answer = signed_in.post(reverse("api:tokens"), CHOICE)

    assert "scopes" in answer.context["form"].errors
    assert "measure:" not in signed_in.get(reverse("api:tokens")).content.decode()
    assert not Token.objects.exists()
