"""Addresses of the question bank."""

from django.urls import path

from interviews.bank import views

urlpatterns = [
    path("", views.questions, name="questions"),
    path("<slug:question_id>/", views.question, name="question"),
    path("<slug:question_id>/bookmark/", views.bookmark, name="bookmark"),
]
