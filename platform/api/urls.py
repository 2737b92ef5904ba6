"""Addresses of the API, of its page and of the tokens for it."""

from django.urls import include, path, re_path, register_converter
from drf_spectacular.views import SpectacularJSONAPIView

from api import boards, challenges, devices, me, submissions, views
from api.tokens.views import revoke, tokens
from api.uploads.views import OneUpload


class Digest:
    """A SHA-256 in an address."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    to_url = to_python


register_converter(Digest, "sha256")

version_1 = [
    path("challenges/", challenges.Challenges.as_view()),
    path("challenges/<slug:challenge_id>/", challenges.Challenge.as_view()),
    path("challenges/<slug:challenge_id>/boards/", boards.Boards.as_view()),
    path("challenges/<slug:challenge_id>/ranking/", boards.Ranking.as_view()),
    path("submissions/", submissions.Submissions.as_view()),
    path("submissions/<uuid:submission_id>/", submissions.OneSubmission.as_view()),
    path("submissions/<uuid:submission_id>/report/", submissions.TheReport.as_view()),
    path("submissions/<uuid:submission_id>/cancel/", submissions.Cancel.as_view()),
    path("submissions/<uuid:submission_id>/again/", submissions.Again.as_view()),
    path("submissions/<uuid:submission_id>/file/", submissions.TheFile.as_view()),
    path("uploads/<sha256:sha256>/", OneUpload.as_view()),
    path("devices/<slug:device>/claim/", devices.Claim.as_view()),
    path("devices/<slug:device>/leases/<uuid:measurement_id>/<int:attempt>/", devices.OneLease.as_view()),
    path("devices/<slug:device>/leases/<uuid:measurement_id>/<int:attempt>/failure/", devices.LeaseFailure.as_view()),
    path("me/", me.Me.as_view()),
    path("me/token/", me.MyToken.as_view()),
    path("me/progress/", me.Progress.as_view()),
    path("me/portfolio/", me.Portfolio.as_view()),
]

app_name = "api"
urlpatterns = [
    path("", views.reference, name="reference"),
    path("workflow.yml", views.workflow, name="workflow"),
    path("tokens/", tokens, name="tokens"),
    path("tokens/<slug:token_key>/revoke/", revoke, name="revoke"),
    path("v1/openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("v1/", include(version_1)),
    re_path(r"^v1/", views.NoSuchAddress.as_view()),
]
