"""Addresses of the drills."""

from django.urls import path

from interviews.drills import views

urlpatterns = [
    path("", views.index, name="drills"),
    path("<slug:drill_id>/", views.fresh, name="drills_fresh"),
    path("<slug:drill_id>/<int:seed>/", views.problem, name="drills_problem"),
]
