"""Rows that were there before a change of the models."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils.timezone import now

from challenges.spec import ChallengeSpec
from grader.report import Result
from skills.models import Evidence
from submissions.models import Status, Submission

migration = import_module("submissions.migrations.0002_evidence_of_earlier_gradings")


@pytest.mark.django_db
@pytest.mark.parametrize(("result", "level"), [(Result.PASSED, 2), (Result.PARTIAL, 1), (Result.REJECTED, None)])
def test_earlier_gradings_become_evidence_once(
    submission: Submission, spec: ChallengeSpec, result: Result, level: int | None
) -> None:
    Submission.objects.filter(pk=submission.pk).update(status=Status.GRADED, result=result, finished_at=now())

    for _ in range(2):
        migration.record(apps, None)

    rows = Evidence.objects.of(submission.owner)
    assert {row.skill: row.level for row in rows} == ({} if level is None else dict.fromkeys(spec.skills, level))
