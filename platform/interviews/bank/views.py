"""The question bank: to browse, to search, to keep."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.posting import signed_in_to_post
from accounts.views import SignedIn
from interviews.bank.bank import Question, bank
from interviews.bank.forms import BankForm
from interviews.bank.models import Bookmark


@require_safe
@vary_on_headers("HX-Request")
def questions(request: HttpRequest) -> HttpResponse:
    """The questions that match; htmx asks for the list alone as the form changes."""
    form, kept = BankForm(request.GET), Bookmark.objects.kept_by(request)
    context = {"form": form, "found": form.found(kept), "kept": kept, "total": len(bank().questions)}
    page = "_found" if request.headers.get("HX-Request") else "questions"
    return render(request, f"interviews/bank/{page}.html", context)


@require_safe
def question(request: HttpRequest, question_id: str) -> HttpResponse:
    """One question; its answer waits until it is asked for."""
    found = question_or_404(question_id)
    if found.id != question_id:
        return redirect(found, permanent=True)
    context = {"question": found, "is_kept": found.id in Bookmark.objects.kept_by(request)}
    return render(request, "interviews/bank/question.html", context)


@signed_in_to_post
def bookmark(request: SignedIn, question_id: str) -> HttpResponse:
    """Keep a question, or let go of it. Says what shall be, so that a second click changes nothing."""
    found, keep = question_or_404(question_id), "keep" in request.POST
    change = Bookmark.objects.keep if keep else Bookmark.objects.let_go
    change(request.user, found)
    if not request.headers.get("HX-Request"):
        return redirect(found)
    return render(request, "interviews/bank/_bookmark.html", {"question": found, "is_kept": keep})


def question_or_404(question_id: str) -> Question:
    """A question by its present or a former id. Raises Http404."""
    try:
        return bank()[question_id]
    except KeyError:
        raise Http404 from None
