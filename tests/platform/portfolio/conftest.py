"""Somebody with entries that have passed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
from model_bakery import baker

from accounts.models import User
from portfolio.models import Claim, Page
from submissions import grading
from submissions.models import Submission
from tests.platform.conftest import MakeReport

MakePassed = Callable[..., Submission]
SCHEMAS = Path(__file__).parent / "schemas"


def departures(said: dict[str, Any], name: str) -> list[str]:
    """Where it is not as a published schema in `schemas/` demands, dates and addresses included."""
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / name).read_text("utf-8")), validate_formats=True)
    return [str(error) for error in validator.iter_errors(said)]


@pytest.fixture
def passed(graded: MakeReport) -> MakePassed:
    """An entry of somebody, graded and passed."""

    def build(owner: User) -> Submission:
        row = baker.make(
            Submission, owner=owner, challenge="int8_fashion", file_name="entry.onnx", sha256=uuid4().hex * 2
        )
        row.claim()
        assert grading.finish(row, graded(ratio=0.3))
        return Submission.objects.get(pk=row.pk)

    return build


@pytest.fixture
def portfolio(user: User, passed: MakePassed) -> Page:
    """A private page with one claim that is shown and one that is not."""
    for is_shown in (True, False):
        Claim.objects.create(owner=user, submission=passed(user), is_shown=is_shown)
    return Page.objects.create(owner=user, address="karuko", name="軽子")


@pytest.fixture
def public(portfolio: Page) -> Page:
    """Open to all."""
    portfolio.is_public = True
    portfolio.save()
    return portfolio
