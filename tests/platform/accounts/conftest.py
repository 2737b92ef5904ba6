"""What several tests of accounts need."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.urls import include, path

from accounts.urls import github as github_addresses
from config.urls import urlpatterns as site_addresses
from tests.fake_github import CLIENT, FakeGitHub


class SiteWithGitHub:
    """The addresses of a site whose environment describes GitHub."""

    urlpatterns = [path("accounts/", include(github_addresses)), *site_addresses]


@pytest.fixture
def github(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """Sign-in with GitHub is on, and this is the GitHub."""
    fake = FakeGitHub()
    settings.GITHUB_SIGN_IN = True
    settings.ROOT_URLCONF = SiteWithGitHub
    app = {"client_id": CLIENT["client_id"], "secret": CLIENT["client_secret"]}
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {**settings.SOCIALACCOUNT_PROVIDERS["github"], "APPS": [app]}}
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(GitHubOAuth2Adapter, "authorize_url", f"{fake.url}/login/oauth/authorize")
    monkeypatch.setattr(GitHubOAuth2Adapter, "access_token_url", f"{fake.url}/login/oauth/access_token")
    monkeypatch.setattr(GitHubOAuth2Adapter, "profile_url", f"{fake.url}/api/v3/user")
    monkeypatch.setattr(GitHubOAuth2Adapter, "emails_url", f"{fake.url}/api/v3/user/emails")
    yield fake
    fake.stop()
