"""The OpenAPI document is kept to, whatever is sent: schemathesis draws what it allows, and what it forbids."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from accounts.models import User
from submissions.models import Submission
from tests.platform.api.conftest import token_of

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/openapi.json"


# What is a model, no schema can say: most files that are handed in or sent by parts are rightly refused.
REFUSES_RIGHTLY = {"checks": {"positive_data_acceptance": {"enabled": False}}}
CONFIG = SchemathesisConfig.from_dict(
    {
        "operations": [
            {"include-name": "POST /api/v1/submissions/", **REFUSES_RIGHTLY},
            {"include-name": "PATCH /api/v1/uploads/{sha256}/", **REFUSES_RIGHTLY},
        ]
    }
)
schema = schemathesis.openapi.from_wsgi(ADDRESS, get_wsgi_application(), config=CONFIG)


@pytest.fixture(autouse=True)
def connection_stays_open() -> Iterator[None]:
    """As with Django's own test client: the end of a request does not end the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_answers_as_its_document_says(case: schemathesis.Case, user: User, submission: Submission) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token_of(user)}"})
