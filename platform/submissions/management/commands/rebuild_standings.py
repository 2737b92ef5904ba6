"""`manage.py rebuild_standings`: tell boards anew what counts, from the submissions themselves."""

from django.core.management.base import BaseCommand

from submissions.models import Submission
from submissions.standings.standing import stand


class Command(BaseCommand):
    """For rows that were graded before there were boards, and after a restore."""

    help = __doc__ or ""

    def handle(self, *args: object, **options: object) -> None:
        """Person by person and challenge by challenge."""
        pairs = Submission.objects.exclude(report_json="").values_list("owner_id", "challenge").distinct().order_by()
        for owner_id, challenge in pairs:
            stand(owner_id, challenge)
        self.stdout.write(f"{len(pairs)} standings told anew")
