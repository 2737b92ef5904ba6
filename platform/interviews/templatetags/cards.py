"""Times as the flashcards say them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@register.filter
def span(time: timedelta) -> str:
    """10 min, 3 d: minutes under a day, rounded up, else whole days."""
    if time < DAY:
        return _("%(count)s min") % {"count": max(1, -(-time // MINUTE))}
    return _("%(count)s d") % {"count": time.days}
