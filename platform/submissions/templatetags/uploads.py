"""The upload form, for any page that shows a challenge."""

from typing import Any

from django import template
from django.conf import settings

from challenges.spec import Spec
from submissions.forms import UploadForm
from submissions.models import Submission

register = template.Library()


@register.inclusion_tag("submissions/_upload.html", takes_context=True)
def upload_form(context: dict[str, Any], spec: Spec, form: UploadForm | None = None) -> dict[str, Any]:
    """What may be handed in, how often, and the form for it."""
    user = context["user"]
    left = Submission.objects.attempts_left(user, spec.id) if user.is_authenticated else 0
    return {
        "spec": spec,
        "form": form or UploadForm(),
        "attempts_left": left,
        "out_of_attempts": not left,
        "daily_attempts": settings.DAILY_ATTEMPTS,
        "at_once": settings.RUNNING_AT_ONCE,
        "limit_min": settings.RUNNING_LIMIT_MIN,
        "waiting": Submission.objects.waiting().count(),
        **{name: context.get(name) for name in ("user", "request", "csrf_token")},
    }


@register.inclusion_tag("submissions/_afterwards.html", takes_context=True)
def afterwards(context: dict[str, Any], spec: Spec) -> dict[str, Any]:
    """The way to what opens once an entry of the reader's has passed, if the challenge has such a thing."""
    user, lessons = context["user"], spec.lessons()
    passed = user.is_authenticated and Submission.objects.has_passed(user, spec.id)
    return {"spec": spec, "passed": passed, "offered": lessons.editorial or lessons.follow_ups}
