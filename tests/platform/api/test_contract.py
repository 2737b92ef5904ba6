"""The OpenAPI document is kept to, whatever is sent: schemathesis draws what it allows, and what it forbids."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from accounts.models import User
from submissions.measurements.models import Measurement
from submissions.models import Submission
from tests.platform.api.conftest import token_of

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/openapi.json"
LEASE = "/api/v1/devices/{device}/leases/{measurement_id}/{attempt}/"


# What is a model, or a timing that can be true, no schema can say: most of what is drawn is rightly refused.
REFUSES_RIGHTLY = {"checks": {"positive_data_acceptance": {"enabled": False}}}
CONFIG = SchemathesisConfig.from_dict(
    {
        "operations": [
            {"include-name": "POST /api/v1/submissions/", **REFUSES_RIGHTLY},
            {"include-name": "PATCH /api/v1/uploads/{sha256}/", **REFUSES_RIGHTLY},
            {"include-name": "POST /api/v1/devices/{device}/claim/", **REFUSES_RIGHTLY},
            {"include-name": f"PUT {LEASE}", **REFUSES_RIGHTLY},
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


@schema.include(path_regex="/devices/").parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_so_it_does_to_a_board(case: schemathesis.Case, submission: Submission) -> None:
    operator, _ = User.objects.get_or_create(email="operator@example.com", is_staff=True)
    row, _ = Measurement.objects.get_or_create(submission=submission, owner=submission.owner, device="pi5")
    row.claim("shelf")
    row.refresh_from_db()
    case.path_parameters |= {"device": "pi5", "measurement_id": str(row.pk), "attempt": row.attempt}
    headers = {"Authorization": f"Bearer {token_of(operator, 'measure:pi5')}"}

    case.call_and_validate(headers=headers, excluded_checks=[negative_data_rejection])  # the address is put right
