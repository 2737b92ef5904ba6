"""The time zones that people choose from."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
"""The areas of the zone data. Whatever else it holds are old names, and UTC."""


@cache
def zone_choices() -> list[tuple[Any, Any]]:
    """The site's own zone, UTC, then every area with its places, for a `<select>` that finds a place as one types."""
    known = sorted(available_timezones())
    areas = [
        (title, [(name, name.replace("_", " ")) for name in known if name.startswith(f"{area}/")])
        for area, title in AREAS.items()
    ]
    default = format_lazy(_("The site's own ({zone})"), zone=settings.TIME_ZONE)
    return [("", default), ("UTC", "UTC"), *areas]
