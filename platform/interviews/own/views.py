"""Asked from one's own work: the report raises the questions and computes the answers."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.posting import signed_in_to_post, signed_in_to_send
from accounts.views import SignedIn
from challenges.registry import kernels
from interviews.drafts import CHANGED_ELSEWHERE, CLOSED, answer_save, store, typed
from interviews.evidence import record_practice
from interviews.grades import Grade, level_shown
from interviews.own.forms import JudgeForm
from interviews.own.models import OwnAnswer
from interviews.own.questions import OwnQuestion, questions_on, tables
from skills.map import skill_map
from submissions.example import example
from submissions.models import Status, Submission


@require_safe
def example_questions(request: HttpRequest) -> HttpResponse:
    """What the public report raises, for those who have none of their own."""
    return render(request, "interviews/own/example.html", {"questions": questions_on(example().report)})


@login_required
@require_safe
def reports(request: SignedIn) -> HttpResponse:
    """The reports that can be asked about: those on models."""
    graded = Submission.objects.of(request.user).filter(status=Status.GRADED).exclude(challenge__in=kernels())
    return render(request, "interviews/own/reports.html", {"submissions": graded[:50]})


@login_required
@require_safe
def questions(request: SignedIn, submission_id: UUID) -> HttpResponse:
    """What one report raises, and what was answered."""
    submission = graded_or_404(request, submission_id)
    answers = {answer.question: answer for answer in OwnAnswer.objects.of(request.user, submission)}
    asked = [(question, answers.get(question.id)) for question in questions_on(submission.report)]
    return render(request, "interviews/own/questions.html", {"submission": submission, "asked": asked})


@login_required
@require_safe
def question(request: SignedIn, submission_id: UUID, question_id: str) -> HttpResponse:
    """One question: first to answer, then to compare with what the report says."""
    submission, asked = asked_or_404(request, submission_id, question_id)
    answer = OwnAnswer.objects.begun(request.user, submission, asked.id)
    return render(request, "interviews/own/question.html", page(submission, asked, answer))


@signed_in_to_send
def save(request: SignedIn, submission_id: UUID, question_id: str) -> HttpResponse:
    """Save the answer while it is being typed."""
    submission, asked = asked_or_404(request, submission_id, question_id)
    answer = OwnAnswer.objects.begin(request.user, submission, asked.id)
    if answer.compared_at:
        return HttpResponse(status=CLOSED)
    return answer_save(request, answer, typed(request, OwnAnswer.drafted))


@signed_in_to_post
def compare(request: SignedIn, submission_id: UUID, question_id: str) -> HttpResponse:
    """Save the answer and show what the report says."""
    submission, asked = asked_or_404(request, submission_id, question_id)
    answer = OwnAnswer.objects.begin(request.user, submission, asked.id)
    texts = typed(request, OwnAnswer.drafted)
    if not answer.compared_at and not store(request, answer, texts):
        context = page(submission, asked, answer) | {"typed_here": texts.get("text", "")}
        return render(request, "interviews/own/question.html", context, status=CHANGED_ELSEWHERE)
    answer.compare()
    return redirect("interviews:own_question", submission.pk, asked.id)


@signed_in_to_post
def judge(request: SignedIn, submission_id: UUID, question_id: str) -> HttpResponse:
    """Keep the self-assessment, which becomes evidence."""
    submission, asked = asked_or_404(request, submission_id, question_id)
    answer = get_object_or_404(OwnAnswer, owner=request.user, submission=submission, question=asked.id)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        context = page(submission, asked, answer) | {"form": form}
        return render(request, "interviews/own/question.html", context, status=422)
    with transaction.atomic():
        answer.judge(form.cleaned_data["grade"])
        record(submission)
    return redirect("interviews:own_questions", submission.pk)


def page(submission: Submission, asked: OwnQuestion, answer: OwnAnswer) -> dict[str, Any]:
    """What the page of a question shows."""
    form = JudgeForm(initial={"grade": answer.grade})
    return {"submission": submission, "question": asked, "answer": answer, "form": form}


def record(submission: Submission) -> None:
    """What all answers on a report show, by skill: the best of them counts."""
    levels: dict[str, int] = defaultdict(int)
    for answer in OwnAnswer.objects.of(submission.owner, submission).exclude(grade=None):
        if table := tables().get(answer.question):
            skill = skill_map()[table.skills[0]].id
            levels[skill] = max(levels[skill], level_shown(table.level, answer.grade or Grade.WEAK))
    record_practice(submission.owner, levels, f"interviews/own/{submission.pk}")


def graded_or_404(request: SignedIn, submission_id: UUID) -> Submission:
    """A graded submission of the reader's."""
    return get_object_or_404(Submission, pk=submission_id, owner=request.user, status=Status.GRADED)


def asked_or_404(request: SignedIn, submission_id: UUID, question_id: str) -> tuple[Submission, OwnQuestion]:
    """A question that the report raises."""
    submission = graded_or_404(request, submission_id)
    for asked in questions_on(submission.report):
        if asked.id == question_id:
            return submission, asked
    raise Http404
