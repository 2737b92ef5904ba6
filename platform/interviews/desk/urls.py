"""Addresses of the system design desk."""

from django.urls import path

from interviews.desk import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("<slug:scenario_id>/", views.scenario, name="desk_scenario"),
    path("<slug:scenario_id>/draft/", views.draft, name="desk_draft"),
    path("<slug:scenario_id>/review/", views.review, name="desk_review"),
    path("<slug:scenario_id>/result/", views.result, name="desk_result"),
    path("<slug:scenario_id>/again/", views.again, name="desk_again"),
]
