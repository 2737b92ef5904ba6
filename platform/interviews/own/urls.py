"""Addresses of questions on one's own reports."""

from django.urls import path

from interviews.own import views

urlpatterns = [
    path("", views.reports, name="own"),
    path("example/", views.example_questions, name="own_example"),
    path("<uuid:submission_id>/", views.questions, name="own_questions"),
    path("<uuid:submission_id>/<slug:question_id>/", views.question, name="own_question"),
    path("<uuid:submission_id>/<slug:question_id>/save/", views.save, name="own_save"),
    path("<uuid:submission_id>/<slug:question_id>/compare/", views.compare, name="own_compare"),
    path("<uuid:submission_id>/<slug:question_id>/judge/", views.judge, name="own_judge"),
]
