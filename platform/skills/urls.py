"""Addresses of the skill map."""

from django.urls import path

from skills import views

app_name = "skills"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:skill_id>/", views.detail, name="detail"),
]
