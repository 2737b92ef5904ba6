"""The pages of trials."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.posting import signed_in_to_post
from accounts.views import SignedIn
from catalog.views import spec_or_404
from submissions.models import Submission
from submissions.trials.forms import CompareForm, LadderForm
from submissions.trials.intake import TrialStillOpen, climb_submission
from submissions.trials.models import Trial
from submissions.trials.story import story
from submissions.views import moving

View = Callable[..., HttpResponse]


def one_at_a_time(view: View) -> View:
    """Where a trial of the reader's still waits or runs, lead there and say so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except TrialStillOpen as still_open:
            messages.info(request, _("One trial at a time: this one has to end before the next can begin."))
            return redirect(still_open.trial)

    return guarded


@login_required
@require_http_methods(["GET", "POST"])
@one_at_a_time
def climb_new(request: SignedIn, challenge_id: str) -> HttpResponse:
    """Take a float model and try the rungs with it; show the form again with the reason if it is refused."""
    spec = spec_or_404(challenge_id)
    form = LadderForm(request.POST or None, request.FILES or None)
    trial = form.climb(request.user, spec)
    if trial:
        return redirect(trial)
    return render(
        request, "submissions/trials/new.html", {"spec": spec, "form": form}, status=422 if form.errors else 200
    )


@signed_in_to_post
@one_at_a_time
def climb_own(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Try the rungs with what was handed in."""
    return redirect(climb_submission(get_object_or_404(Submission, pk=submission_id, owner=request.user)))


@signed_in_to_post
@one_at_a_time
def compare_own(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """Compare what was handed in with entries in other formats."""
    submission = get_object_or_404(Submission, pk=submission_id, owner=request.user)
    form = CompareForm(submission, request.POST)
    if form.is_valid():
        return redirect(form.compare())
    messages.error(request, _("Choose at least one entry to compare with."))
    return redirect(submission)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def trial(request: SignedIn, trial_id: UUID) -> HttpResponse:
    """Queue, progress and tables of one trial."""
    row = get_object_or_404(Trial, pk=trial_id, owner=request.user)
    return moving(request, row, "submissions/trials/detail.html", {"trial": row, **story(row)})


@signed_in_to_post
def cancel(request: SignedIn, trial_id: UUID) -> HttpResponse:
    """Take back a trial that still waits. The page tells if a worker was first."""
    row = get_object_or_404(Trial, pk=trial_id, owner=request.user)
    row.cancel()
    return redirect(row)
