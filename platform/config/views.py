"""The home page, which shows something of every app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from career.guide import guide
from career.salary import regions
from career.sources import sources
from challenges.registry import catalogue
from submissions.charts import SizeSquares, weighed
from submissions.example import example


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What one can do here, a real report, and the way in."""
    language = get_language() or "en"
    report, region = example(), next(iter(regions().values()))
    assert report.measured is not None and report.score is not None, "the example is a graded one"
    sizes = SizeSquares(report.measured.baseline_size_bytes, report.measured.inspection.size_bytes)
    context = {
        "report": report,
        "spec": catalogue()[report.challenge],
        "squares": sizes,
        "weighed": weighed(report.score),
        "first": next(iter(guide().chapters.values())),
        "bands": [{"name": band.name[language], "amounts": region.range(band, language)} for band in region.band],
        "salary_source": sources()[region.source].title_in(language),
        "salary_year": region.as_of,
    }
    return render(request, "home.html", context)
