"""What practice says of a person's skills: more than their word, less than a measurement."""

from collections.abc import Mapping

from accounts.models import User
from skills.models import Evidence, Kind


def record_practice(owner: User, levels: Mapping[str, int], source: str) -> None:
    """Note the level that a practice showed in each skill. Level 0 takes back what this source said before.

    source: where it can be seen, as `Evidence.source` has it: "interviews/drills/roofline".
    """
    shown = {skill: level for skill, level in levels.items() if level > 0}
    Evidence.objects.filter(owner=owner, source=source, skill__in=levels.keys() - shown.keys()).delete()
    Evidence.objects.record(
        Evidence(owner=owner, skill=skill, kind=Kind.PRACTISED, level=level, source=source)
        for skill, level in shown.items()
    )
