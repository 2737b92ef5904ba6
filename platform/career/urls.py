"""Addresses of the career pages."""

from django.urls import path

from career import views

app_name = "career"
urlpatterns = [
    path("guide/", views.index, name="guide"),
    path("guide/search/", views.find, name="search"),
    path("guide/<slug:chapter_id>/", views.chapter, name="chapter"),
    path("guide/<slug:chapter_id>/read/", views.read, name="read"),
    path("salary/", views.salary, name="salary"),
    path("inventory/", views.inventory, name="inventory"),
    path("inventory/result/", views.result, name="result"),
    path("roadmap/", views.roadmap, name="roadmap"),
]
