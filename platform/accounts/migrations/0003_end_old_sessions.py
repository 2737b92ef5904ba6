"""Sessions have a table of their own now. The old rows, which hold ids of people, would never be read or removed."""

from django.db import migrations


def end_old_sessions(apps, schema_editor):
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_preferences_and_sessions"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(end_old_sessions, migrations.RunPython.noop, elidable=True)]
