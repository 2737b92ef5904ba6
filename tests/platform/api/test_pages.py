"""The page of the API, its OpenAPI document, and the workflow for a candidate's own CI."""

import json
import os
import subprocess
from errno import ENOSPC
from pathlib import Path

import httpx
import pytest
import yaml
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from config.middleware import refuse_large_body
from submissions.models import Submission
from tests.platform.api.conftest import token_of
from tests.platform.api.test_privacy import operations
from tests.platform.conftest import ONNX, MakeReport


@pytest.mark.parametrize(("language", "words"), [("ja", "提出する"), ("en", "Hand in an entry")])
def test_the_page_names_every_operation_in_the_readers_language(client: Client, language: str, words: str) -> None:
    page = client.get(reverse("api:reference"), headers={"Accept-Language": language}).content.decode()

    assert words in page
    for operation in operations():
        method, path = operation.split(" ")
        assert f"<b>{method}</b> {path}</code>" in page


def test_the_document_is_openapi_3_1(client: Client) -> None:
    document = client.get(reverse("api:openapi")).json()

    assert document["openapi"] == "3.1.0"
    assert document["paths"]["/api/v1/submissions/"]["post"]["x-scope"] == "submit"
    assert "security" not in document["paths"]["/api/v1/challenges/"]["get"]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("error", "status", "code"), [(OSError(ENOSPC, "full"), 507, "storage_full"), (ValueError(), 500, "our_fault")]
)
def test_a_fault_of_ours_is_told_as_a_program_reads_it(
    client: Client, monkeypatch: pytest.MonkeyPatch, language: str, error: Exception, status: int, code: str
) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr("api.challenges.everything", broken)
    client.raise_request_exception = False

    answer = client.get("/api/v1/challenges/", headers={"Accept-Language": language})

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["hint"]


def test_a_body_that_is_too_large_is_refused_as_a_program_reads_it(rf: RequestFactory) -> None:
    request = rf.post("/api/v1/submissions/")
    request.scope = {"karui.too_large": True}

    answer = refuse_large_body(HttpResponse)(request)

    assert answer.status_code == 413
    assert json.loads(answer.content)["code"] == "too_large"


def steps(page: bytes) -> dict[str, str]:
    """What the workflow runs, by the names of its steps."""
    job = yaml.safe_load(page)["jobs"]["grade"]
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A candidate's own, with a model in it."""
    (tmp_path / "entry.onnx").write_bytes(ONNX)
    return tmp_path


def run(script: str, repository: Path, site: str, token: str) -> "subprocess.CompletedProcess[str]":
    """A step, as GitHub runs it."""
    given = {
        "PATH": os.environ["PATH"],
        "KARUI_URL": site,
        "KARUI_TOKEN": token,
        "CHALLENGE": "int8_fashion",
        "MODEL": "entry.onnx",
        "GITHUB_SHA": "0123abc",
        "GITHUB_STEP_SUMMARY": str(repository / "summary"),
        "RUNNER_TEMP": str(repository),
        "KARUI_POLL_S": "0",
    }
    return subprocess.run(["bash", "-e", "-c", script], cwd=repository, env=given, capture_output=True, text=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("accuracy", "is_green"), [(0.918, True), (0.80, False)])
def test_the_workflow_hands_in_once_waits_and_is_green_only_for_what_passes(
    live_server: LiveServer, user: User, repository: Path, graded: MakeReport, accuracy: float, is_green: bool
) -> None:
    page = httpx.get(f"{live_server.url}/api/workflow.yml").content
    script, token = steps(page), token_of(user)

    handed_in = [run(script["Hand in"], repository, live_server.url, token) for _ in range(2)]
    row = Submission.objects.get()
    row.claim()
    row.finish(graded(accuracy=accuracy))
    row.refresh_from_db()
    waited = run(script["Wait"], repository, live_server.url, token)

    assert [done.returncode for done in handed_in] == [0, 0], handed_in
    assert yaml.safe_load(page)["jobs"]["grade"]["env"]["KARUI_URL"] == live_server.url
    assert handed_in[0].stdout.strip() == f"{live_server.url}/submissions/{row.pk}/"
    assert (waited.returncode == 0) is is_green, waited
    assert (repository / "report.json").read_bytes() == graded(accuracy=accuracy).to_json()
    assert row.report.result in (repository / "summary").read_text()


@pytest.mark.django_db(transaction=True)
def test_the_workflow_is_red_where_the_token_does_not_work(live_server: LiveServer, repository: Path) -> None:
    script = steps(httpx.get(f"{live_server.url}/api/workflow.yml").content)

    assert run(script["Hand in"], repository, live_server.url, "karui_wrong").returncode != 0
