"""Addresses of mock interviews."""

from django.urls import path

from interviews.mock import views

urlpatterns = [
    path("", views.mocks, name="mocks"),
    path("question/<slug:question_id>/", views.answer_one, name="answer_one"),
    path("<uuid:mock_id>/", views.mock, name="mock"),
    path("<uuid:mock_id>/<int:position>/save/", views.save, name="mock_save"),
    path("<uuid:mock_id>/<int:position>/leave/", views.leave, name="mock_leave"),
    path("<uuid:mock_id>/end/", views.end, name="mock_end"),
    path("<uuid:mock_id>/judge/", views.judge, name="mock_judge"),
]
