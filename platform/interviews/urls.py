"""Addresses of interview practice."""

from django.urls import include, path

from interviews import views

app_name = "interviews"
urlpatterns = [
    path("", views.hub, name="hub"),
    path("questions/", include("interviews.bank.urls")),
    path("desk/", include("interviews.desk.urls")),
]
