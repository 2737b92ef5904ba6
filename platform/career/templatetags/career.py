"""What the career pages ask of content."""

from django import template
from django.utils.translation import get_language

from career.sources import Source

register = template.Library()


@register.filter
def titled(source: Source) -> str:
    """A source's title in the reader's language."""
    return source.title_in(get_language() or "en")
