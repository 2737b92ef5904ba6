"""Addresses of challenges."""

from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.challenges, name="challenges"),
    path("<slug:challenge_id>/", views.challenge, name="challenge"),
    path("<slug:challenge_id>/starter.zip", views.starter, name="starter"),
]
