"""The flashcards: choosing a deck, the cards of today, and what the log tells."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.posting import signed_in_to_post
from accounts.views import SignedIn
from career.views import plan_for
from interviews.bank.bank import bank
from interviews.cards import reviewing
from interviews.cards import statistics as figures
from interviews.cards.charts import BarChart
from interviews.cards.days import Days
from interviews.cards.forms import DeckForm, GradingForm
from interviews.cards.mastery import ENOUGH, INTERVAL
from interviews.cards.models import Deck, Review, ReviewedSince
from interviews.cards.outlook import Outlook
from interviews.cards.sitting import Sitting
from skills.map import TOP_LEVEL, skill_map


def deck_of(owner: User) -> Deck | None:
    """A person's deck. None if they have not begun one."""
    return Deck.objects.filter(owner=owner).first()


def local_today() -> date:
    """The learner's day by the reader's clock."""
    return Days(get_current_timezone()).of(now())


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What is due. To those without a deck: what this is."""
    mine = deck_of(request.user) if request.user.is_authenticated else None
    if mine is None or not request.user.is_authenticated:
        return render(request, "interviews/cards/intro.html", {"cards": len(bank().questions)})
    sitting = Sitting.of(request.user, mine, now())
    last = reviewing.last_review(request.user, sitting.at, sitting.days)
    context = {"sitting": sitting, "last": last, "enough": ENOUGH, "held_days": INTERVAL.days}
    return render(request, "interviews/cards/today.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def deck(request: SignedIn) -> HttpResponse:
    """The choices and the load that they bring; htmx asks for the load alone as the form changes."""
    mine = deck_of(request.user)
    given = request.POST or (request.GET if "cap" in request.GET else None)
    form = DeckForm(given, today=local_today(), initial=choices_of(mine, request))
    if request.method == "POST" and form.is_valid():
        form.begin(request.user)
        return redirect("interviews:cards")
    outlook = form.deck and Outlook.of(request.user, form.deck, now())
    context = {"form": form, "deck": mine, "outlook": outlook}
    page = "_outlook" if request.headers.get("HX-Request") else "deck"
    return render(request, f"interviews/cards/{page}.html", context, status=422 if request.method == "POST" else 200)


def choices_of(mine: Deck | None, request: HttpRequest) -> dict[str, Any]:
    """What the form begins with: the deck as it is, or the gaps of the reader's roadmap and all levels."""
    if mine:
        ahead = mine.rules_on(local_today()).interview
        fields = ("skills", "levels", "new_a_day", "cap", "retention")
        return {**{name: getattr(mine, name) for name in fields}, "interview_on": ahead}
    plan = plan_for(request)
    gaps = [gap.skill.id for gap in plan.gaps] if plan else []
    skills = gaps or list(skill_map().skills)
    levels = list(range(1, TOP_LEVEL + 1))
    return {"skills": skills, "levels": levels, "new_a_day": 6, "cap": 40, "retention": 90, "interview_on": None}


@signed_in_to_post
def pause(request: SignedIn) -> HttpResponse:
    """Rest, or go on. Says which, so that a second click changes nothing."""
    Deck.objects.filter(owner=request.user).update(is_paused="rest" in request.POST)
    return redirect("interviews:cards")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def review(request: SignedIn) -> HttpResponse:
    """Show the next card, or take the grade of one and go on."""
    mine = deck_of(request.user)
    if mine is None:
        return redirect("interviews:cards_deck")
    form = GradingForm(request.POST or None)
    if form.is_valid():
        grade(request, mine, form)
        return redirect("interviews:cards_review")
    sitting = Sitting.of(request.user, mine, now())
    if (sitting.shown is None or mine.is_paused) and not form.errors:
        return redirect("interviews:cards")
    last = reviewing.last_review(request.user, sitting.at, sitting.days)
    context = {"sitting": sitting, "shown": sitting.shown, "form": form, "last": last}
    return render(request, "interviews/cards/review.html", context, status=422 if form.errors else 200)


def grade(request: SignedIn, mine: Deck, form: GradingForm) -> None:
    """Store it, or say why not."""
    try:
        reviewing.keep(request.user, form.grading, mine.retention, now())
    except ReviewedSince:
        messages.info(request, _("This card was already graded elsewhere. Nothing was stored twice."))


@signed_in_to_post
def take_back(request: SignedIn, key: UUID) -> HttpResponse:
    """Undo a review of today, and show its card again."""
    days = Days(get_current_timezone())
    row = reviewing.of_today(request.user, key, now(), days)
    try:
        if row:
            reviewing.undo(request.user, row, now())
    except ReviewedSince:
        messages.info(request, _("This card has been graded again since, so nothing was undone."))
    return redirect("interviews:cards_review")


@login_required
@require_safe
def statistics(request: SignedIn) -> HttpResponse:
    """What was done, how well it was recalled, and what is ahead."""
    mine = deck_of(request.user)
    if mine is None:
        return redirect("interviews:cards_deck")
    outlook = Outlook.of(request.user, mine, now())
    context = {"outlook": outlook, "deck": mine, **told_by(request.user, outlook.sitting)}
    return render(request, "interviews/cards/statistics.html", context)


def told_by(owner: User, sitting: Sitting) -> dict[str, Any]:
    """What the log and the cards tell."""
    log = list(Review.objects.standing(owner))
    past = figures.reviews_per_day(log, sitting.pile.day, sitting.days)
    return {
        "total": len(log),
        "past": past,
        "past_chart": BarChart.of_past(past),
        "retention": figures.retention_of(log),
        "ages": figures.ages(sitting.pile),
        "skills": figures.by_skill(sitting.pile, sitting.questions.values(), sitting.at),
    }
