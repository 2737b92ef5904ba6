"""Mock interviews: to choose, to hold, to judge, to look back on."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.posting import signed_in_to_post, signed_in_to_send
from accounts.views import SignedIn
from interviews.bank.tables import Level
from interviews.bank.views import question_or_404
from interviews.drafts import CHANGED_ELSEWHERE, CLOSED, answer_save, store, typed
from interviews.evidence import record_practice
from interviews.mock.forms import JudgeForm, MockForm
from interviews.mock.models import Mock, Step
from interviews.mock.result import Answered, Result, answered


@require_http_methods(["GET", "HEAD", "POST"])
def mocks(request: HttpRequest) -> HttpResponse:
    """Choose an interview, go on with the one that runs, look back on those that were. To visitors: what this is."""
    if not request.user.is_authenticated:
        return render(request, "interviews/mock/intro.html")
    form = MockForm(request.POST or None, initial={"level": Level.MID})
    if mock := form.begin(request.user):
        return redirect(mock)
    held = Mock.objects.of(request.user).exclude(finished_at=None).prefetch_related("steps")
    context = {
        "form": form,
        "running": Mock.objects.running(request.user),
        "history": [(one, Result.of(one)) for one in held[:20]],
    }
    return render(request, "interviews/mock/mocks.html", context, status=422 if form.errors else 200)


@signed_in_to_post
def answer_one(request: SignedIn, question_id: str) -> HttpResponse:
    """A single question against the clock."""
    question = question_or_404(question_id)
    mock = Mock.objects.begin(request.user, question.level, question.minutes, [question])
    if mock.steps.exclude(question=question.id).exists():
        messages.info(request, _("Another interview is still running. Finish it first, or end it below."))
    return redirect(mock)


@login_required
@require_safe
@never_cache
def mock(request: SignedIn, mock_id: UUID) -> HttpResponse:
    """Wherever an interview stands: its current question, its judging, or its result."""
    held = get_object_or_404(Mock, pk=mock_id, owner=request.user)
    if step := held.current(now()):
        return render(request, "interviews/mock/step.html", standing(held, step))
    if held.judged_at is None:
        form = JudgeForm(None, answered(held))
        return render(request, "interviews/mock/judge.html", {"mock": held, "form": form})
    context = {"mock": held, "result": Result.of(held), "earlier": earlier(held)}
    return render(request, "interviews/mock/result.html", context)


def standing(mock: Mock, step: Step) -> dict[str, object]:
    """What the page of a running step shows. The clock is the server's."""
    before = mock.steps.filter(position__lt=step.position).last()
    return {
        "mock": mock,
        "step": step,
        "asked": Answered(step, step.asked),  # type: ignore[arg-type]  # `current` passes over what is gone
        "answer_before": before if before and before.question == step.question else None,
        "ran_out": before is not None and before.took_s >= before.allowed_s,
        "total": mock.steps.count(),
        "left_s": max(0, round((step.deadline - now()) / timedelta(seconds=1))),
    }


def earlier(mock: Mock) -> list[tuple[Mock, Result]]:
    """The interviews before this one, the newest first."""
    before = Mock.objects.of(mock.owner).filter(started_at__lt=mock.started_at).exclude(judged_at=None)
    return [(one, Result.of(one)) for one in before.prefetch_related("steps")[:5]]


@signed_in_to_send
def save(request: SignedIn, mock_id: UUID, position: int) -> HttpResponse:
    """Save an answer while it is being typed; once its time is up it stays as it is."""
    step = shown_or_404(request, mock_id, position)
    return (
        HttpResponse(status=CLOSED) if step.is_over(now()) else answer_save(request, step, typed(request, Step.drafted))
    )


@signed_in_to_post
def leave(request: SignedIn, mock_id: UUID, position: int) -> HttpResponse:
    """Save the answer and go on to the next question. A second click finds the step left and changes nothing."""
    at = now()
    step = shown_or_404(request, mock_id, position)
    if step.is_over(at):
        return redirect(step.mock)
    texts = typed(request, Step.drafted)
    if not store(request, step, texts):
        context = {**standing(step.mock, step), "typed_here": texts.get("text", "")}
        return render(request, "interviews/mock/step.html", context, status=CHANGED_ELSEWHERE)
    step.leave(min(step.deadline, at))
    return redirect(step.mock)


@signed_in_to_post
def end(request: SignedIn, mock_id: UUID) -> HttpResponse:
    """Stop here and judge what was answered."""
    held = get_object_or_404(Mock, pk=mock_id, owner=request.user)
    held.finish(now())
    return redirect(held)


@signed_in_to_post
def judge(request: SignedIn, mock_id: UUID) -> HttpResponse:
    """Keep the self-assessment; it becomes evidence."""
    held = get_object_or_404(Mock, pk=mock_id, owner=request.user, finished_at__isnull=False)
    form = JudgeForm(request.POST, answered(held))
    if not form.is_valid():
        return render(request, "interviews/mock/judge.html", {"mock": held, "form": form}, status=422)
    with transaction.atomic():
        held.judge(form.grades(), now())
        record_practice(held.owner, Result.of(held).levels, f"interviews/mock/{held.pk}")
    return redirect(held)


def shown_or_404(request: SignedIn, mock_id: UUID, position: int) -> Step:
    """A step of the reader's whose clock was started."""
    return get_object_or_404(Step, mock=mock_id, mock__owner=request.user, position=position, shown_at__isnull=False)
