"""What was graded before there was evidence counts as well, as if it were graded now."""

from typing import Any

from django.db import migrations

from challenges.registry import catalogue
from submissions.evidence import LEVELS


def record(apps: Any, _: Any) -> None:
    """A row of evidence for each skill that a passed or partly passed challenge names."""
    evidence = apps.get_model("skills", "Evidence")
    graded = apps.get_model("submissions", "Submission").objects.filter(result__in=LEVELS, challenge__in=catalogue())
    for submission in graded.defer("report_json").iterator():
        for skill in catalogue()[submission.challenge].skills:
            evidence.objects.get_or_create(
                owner_id=submission.owner_id,
                skill=skill,
                source=f"submissions/{submission.pk}",
                defaults={
                    "kind": "measured",
                    "level": LEVELS[submission.result],
                    "recorded_at": submission.finished_at,
                },
            )


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial"), ("skills", "0001_initial")]
    operations = [migrations.RunPython(record, migrations.RunPython.noop)]
