"""Addresses of submissions."""

from django.urls import include, path

from submissions import views

app_name = "submissions"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("example/", views.example_report, name="example"),
    path("example/report.json", views.example_json, name="example_json"),
    path("new/<slug:challenge_id>/", views.upload, name="upload"),
    path("afterwards/<slug:challenge_id>/", views.afterwards, name="afterwards"),
    path("trials/", include("submissions.trials.urls")),
    path("<uuid:submission_id>/", views.detail, name="detail"),
    path("<uuid:submission_id>/report.json", views.report_json, name="report_json"),
    path("<uuid:submission_id>/hot-<slug:device>.s", views.hot_loop, name="hot_loop"),
    path("<uuid:submission_id>/again/", views.again, name="again"),
    path("<uuid:submission_id>/remove-file/", views.remove_file, name="remove_file"),
    path("<uuid:submission_id>/cancel/", views.cancel, name="cancel"),
]
