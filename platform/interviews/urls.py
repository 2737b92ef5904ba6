"""Addresses of interview practice."""

from django.urls import include, path

from interviews import views

app_name = "interviews"
urlpatterns = [
    path("", views.hub, name="hub"),
    path("drills/", include("interviews.drills.urls")),
    path("cards/", include("interviews.cards.urls")),
    path("questions/", include("interviews.bank.urls")),
    path("mock/", include("interviews.mock.urls")),
    path("own/", include("interviews.own.urls")),
    path("desk/", include("interviews.desk.urls")),
]
