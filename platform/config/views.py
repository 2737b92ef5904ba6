"""The home page, which shows something of every app, and the page for failures of ours."""

import errno
import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import get_language
from django.views import defaults
from django.views.decorators.http import require_safe

from api.problems import beyond_views, is_for_programs
from career.guide import guide
from career.salary import regions
from career.sources import sources
from challenges.registry import catalogue
from submissions.example import example


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What one can do here, a real report, and the way in."""
    language = get_language() or "en"
    shown, region = example(), next(iter(regions().values()))
    context = {
        "report": shown.report,
        "spec": catalogue()[shown.report.challenge],
        "squares": shown.squares,
        "weighed": shown.weighed,
        "first": next(iter(guide().chapters.values())),
        "bands": [{"name": band.name[language], "amounts": region.range(band, language)} for band in region.band],
        "salary_source": sources()[region.source].title_in(language),
        "salary_year": region.as_of,
    }
    return render(request, "home.html", context)


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong on our side. A full disk is told as such: what was sent can be sent again later."""
    error = sys.exception()
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if is_for_programs(request):
        return beyond_views(507 if is_full else 500)
    if is_full:
        return HttpResponse(get_template("507.html").render(), status=507)
    return defaults.server_error(request)
