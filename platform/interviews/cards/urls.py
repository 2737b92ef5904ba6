"""Addresses of the flashcards."""

from django.urls import path

from interviews.cards import views

urlpatterns = [
    path("", views.today, name="cards"),
    path("deck/", views.deck, name="cards_deck"),
    path("deck/pause/", views.pause, name="cards_pause"),
    path("review/", views.review, name="cards_review"),
    path("undo/<uuid:key>/", views.take_back, name="cards_undo"),
    path("statistics/", views.statistics, name="cards_statistics"),
]
