"""What lists need of reports that were stored before rows repeated it. Boards follow: manage.py rebuild_standings."""

import json

from django.db import migrations


def repeat(apps, schema_editor):
    """Copy version and machine from each stored report to its row."""
    rows = apps.get_model("submissions", "Submission").objects.exclude(report_json="").filter(version=0)
    for row in rows.iterator(chunk_size=50):
        report = json.loads(row.report_json)
        row.version, row.machine = report["challenge_version"], str(report["environment"].get("cpu_model", ""))[:128]
        row.save(update_fields=["version", "machine"])


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_standings")]
    operations = [migrations.RunPython(repeat, migrations.RunPython.noop)]
