"""The pages of trials."""

from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.posting import View, signed_in_to_post
from accounts.views import SignedIn
from catalog.absent import absent
from catalog.views import model_or_404, spec_or_404
from submissions.models import Status, Submission
from submissions.trials.forms import NONE_LEFT, CompareForm, LadderForm
from submissions.trials.intake import NoTrialsLeft, TrialStillOpen, climb_submission
from submissions.trials.models import Trial
from submissions.trials.story import story
from submissions.views import moving, signed_in_to_watch

PAGE = 50


def with_a_graded_entry(view: View) -> View:
    """For trials of what the reader has handed in. Where none can begin now, say why and lead to what can be done."""

    @signed_in_to_post
    @wraps(view)
    def guarded(request: SignedIn, submission_id: UUID) -> HttpResponse:
        graded = Submission.objects.filter(owner=request.user, status=Status.GRADED)
        submission = get_object_or_404(graded, pk=submission_id)
        if missing := absent(spec_or_404(submission.challenge)):
            messages.error(request, f"{missing.message} {missing.hint}")
            return redirect(submission)
        try:
            return view(request, submission)
        except TrialStillOpen as still_open:
            messages.info(request, _("One trial at a time: this one has to end before the next can begin."))
            return redirect(still_open.trial)
        except NoTrialsLeft:
            messages.error(request, NONE_LEFT)
            return redirect(submission)

    return guarded


@login_required
@require_safe
def trials(request: SignedIn) -> HttpResponse:
    """What the reader has tried."""
    page = Paginator(Trial.objects.of(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "submissions/trials/mine.html", {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def climb_new(request: SignedIn, challenge_id: str) -> HttpResponse:
    """Take a float model and try the rungs with it; show the form again with the reason if it is refused."""
    spec = model_or_404(challenge_id)
    form = LadderForm(request.POST or None, request.FILES or None)
    trial = form.climb(request.user, spec)
    if trial:
        return redirect(trial)
    return render(
        request, "submissions/trials/new.html", {"spec": spec, "form": form}, status=422 if form.errors else 200
    )


@with_a_graded_entry
def climb_own(request: SignedIn, submission: Submission) -> HttpResponse:
    """Try the rungs with what was handed in."""
    return redirect(climb_submission(submission))


@with_a_graded_entry
def compare_own(request: SignedIn, submission: Submission) -> HttpResponse:
    """Compare what was handed in with entries in other formats."""
    form = CompareForm(submission, request.POST)
    if form.is_valid():
        return redirect(form.compare())
    messages.error(request, str(form.errors["others"][0]))
    return redirect(submission)


@signed_in_to_watch
def trial(request: SignedIn, trial_id: UUID) -> HttpResponse:
    """Queue, progress and tables of one trial."""
    row = get_object_or_404(Trial, pk=trial_id, owner=request.user)
    return moving(request, row, "submissions/trials/detail.html", {"trial": row, **story(row)})


@signed_in_to_post
def cancel(request: SignedIn, trial_id: UUID) -> HttpResponse:
    """Take back a trial that still waits. The page tells if a worker was first."""
    row = get_object_or_404(Trial, pk=trial_id, owner=request.user)
    row.take_back()
    return redirect(row)
