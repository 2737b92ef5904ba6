"""Addresses of boards."""

from django.urls import path

from boards import views

app_name = "boards"
urlpatterns = [
    path("<slug:challenge_id>/", views.board, name="board"),
    path("<slug:challenge_id>/name/", views.name, name="name"),
]
