"""Addresses of accounts: ours, and allauth's."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", views.preferences, name="account_settings"),
    path("export/", views.download, name="account_export"),
    path("delete/", views.delete, name="account_delete"),
    path("password/set/", views.set_password, name="account_set_password"),  # before allauth's, which asks for nothing
    path("", include("allauth.account.urls")),
]
github: list[URLPattern | URLResolver] = [
    path("confirm/github/", views.confirm_by_github, name="account_confirm_by_github"),
    path("3rdparty/", include("allauth.socialaccount.urls")),
    path("", include("allauth.socialaccount.providers.github.urls")),
]
if settings.GITHUB_SIGN_IN:
    urlpatterns += github
