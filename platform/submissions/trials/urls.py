"""Addresses of trials."""

from django.urls import path

from submissions.trials import views

urlpatterns = [
    path("", views.trials, name="trials"),
    path("new/<slug:challenge_id>/", views.climb_new, name="climb"),
    path("of/<uuid:submission_id>/ladder/", views.climb_own, name="climb_own"),
    path("of/<uuid:submission_id>/formats/", views.compare_own, name="compare"),
    path("<uuid:trial_id>/", views.trial, name="trial"),
    path("<uuid:trial_id>/cancel/", views.cancel, name="cancel_trial"),
]
