"""Grades as a reader sees them."""

from django import template

from interviews.grades import Grade

register = template.Library()


@register.filter
def grade_label(grade: int) -> str:
    """Weak, fair or strong, in the reader's language."""
    return str(Grade(grade).label)


@register.filter
def grade_class(grade: int) -> str:
    """Its CSS class."""
    return Grade(grade).css


@register.filter
def clock(seconds: int) -> str:
    """Minutes and seconds: 4:05."""
    return f"{seconds // 60}:{seconds % 60:02}"
