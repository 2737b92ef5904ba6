"""The pages of submissions. Everything is looked up among the reader's own: those of others do not exist for them."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.posting import View, signed_in_to_post
from accounts.views import SignedIn
from catalog.absent import absent
from catalog.views import spec_or_404
from content.brief import to_html
from grader.report import Report
from submissions import intake
from submissions.example import example
from submissions.forms import NO_ATTEMPTS, UploadForm
from submissions.hot import listing
from submissions.intake import NoAttemptsLeft
from submissions.models import Submission
from submissions.story import story, told_by
from submissions.trials.models import Trial
from submissions.trials.story import offers
from submissions.work import Work

PAGE = 50
TRIALS = 10


@login_required
@require_safe
def mine(request: SignedIn) -> HttpResponse:
    """What the reader has handed in."""
    page = Paginator(Submission.objects.of(request.user), PAGE).get_page(request.GET.get("page"))
    trials = Trial.objects.of(request.user)[:TRIALS]
    return render(request, "submissions/mine.html", {"page": page, "trials": trials})


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: SignedIn, challenge_id: str) -> HttpResponse:
    """Take an upload; show the form again with the reason if it is refused."""
    spec = spec_or_404(challenge_id)
    form = UploadForm(request.POST or None, request.FILES or None)
    submission = form.hand_in(request.user, spec)
    if submission:
        return redirect(submission)
    return render(request, "submissions/upload.html", {"spec": spec, "form": form}, status=422 if form.errors else 200)


def signed_in_to_watch(view: View) -> View:
    """For pages that htmx asks for again and again. Where the session has ended meanwhile, it loads the whole page.

    With `login_required` alone it would follow the redirect and put the page for signing in inside this one.
    """
    shown = login_required(view)

    @require_safe
    @vary_on_headers("HX-Request")
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("HX-Request") and not request.user.is_authenticated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return shown(request, *args, **kwargs)

    return guarded


@signed_in_to_watch
def detail(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Queue, progress and report of one submission: htmx asks for the part that moves until it is final."""
    submission = get_object_or_404(Submission, pk=submission_id, owner=request.user)
    context = {"submission": submission, **story(submission)}
    if isinstance(report := context.get("report"), Report):
        context |= offers(submission, report)
    return moving(request, submission, "submissions/detail.html", context)


def moving(request: HttpRequest, row: Work, page: str, context: dict[str, object]) -> HttpResponse:
    """A page that waits for a worker: htmx asks for the part that moves, and for all of it once nothing does."""
    if not request.headers.get("HX-Request"):
        return render(request, page, context)
    if row.is_final:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "submissions/_progress.html", context)


@login_required
@require_safe
def afterwards(request: SignedIn, challenge_id: str) -> HttpResponse:
    """Editorial and follow-up questions of a challenge, for those of whom an entry has passed."""
    spec = spec_or_404(challenge_id)
    lessons = spec.lessons()
    context = {
        "spec": spec,
        "passed": Submission.objects.has_passed(request.user, spec.id),
        "editorial": to_html(lessons.editorial.get(get_language() or "en", "")),
        "follow_ups": lessons.follow_ups,
    }
    return render(request, "submissions/afterwards.html", context)


@require_safe
def example_report(request: HttpRequest) -> HttpResponse:
    """A real report, for everybody."""
    report = example().report
    return render(request, "submissions/example.html", {"spec": spec_or_404(report.challenge), **told_by(report)})


@require_safe
def example_json(request: HttpRequest) -> HttpResponse:
    """It, as it was measured."""
    return as_file(example().report.to_json(), "karui-example.json")


@login_required
@require_safe
def report_json(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """The report as it was measured."""
    submission = get_object_or_404(Submission, pk=submission_id, owner=request.user)
    if not submission.report_json:
        raise Http404
    return as_file(submission.report_json, f"karui-{submission.pk}.json")


@login_required
@require_safe
def hot_loop(request: SignedIn, submission_id: UUID, device: str) -> HttpResponse:
    """The annotated hot loop of a kernel on one of its devices."""
    submission = get_object_or_404(Submission, pk=submission_id, owner=request.user)
    kernel = submission.report.kernel if submission.report_json else None
    for on in kernel.devices if kernel else ():
        if on.device == device and on.hot:
            return as_file(listing(on), f"karui-{submission.pk}-{device}.s", "text/plain; charset=utf-8")
    raise Http404


def as_file(content: bytes | str, name: str, content_type: str = "application/json") -> HttpResponse:
    """Something to be kept."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


@signed_in_to_post
def again(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Grade a stored file once more. That counts as an attempt, unless it was we who failed."""
    once = get_object_or_404(Submission.objects.gradable_again(), pk=submission_id, owner=request.user)
    if missing := absent(spec_or_404(once.challenge)):
        messages.error(request, f"{missing.message} {missing.hint}")
        return redirect(once)
    try:
        return redirect(intake.again(once))
    except NoAttemptsLeft:
        messages.error(request, NO_ATTEMPTS)
    return redirect(once)


@signed_in_to_post
def remove_file(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Let the stored model go. Its digest and its report stay."""
    submission = get_object_or_404(Submission, pk=submission_id, owner=request.user)
    Submission.objects.filter(pk=submission.pk).remove_files()
    return redirect(submission)


@signed_in_to_post
def cancel(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Take back a submission that still waits. The page tells if a worker was first."""
    submission = get_object_or_404(Submission, pk=submission_id, owner=request.user)
    submission.take_back()
    return redirect(submission)
