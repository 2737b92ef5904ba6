"""Programs of people: a client with a token."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from api.models import Scope, Token


@pytest.fixture(autouse=True)
def no_hurry(settings: Settings) -> None:
    """Tests ask more often than programs may."""
    settings.API_RATES = dict.fromkeys(django_settings.API_RATES, "100000/min")


def token_of(owner: User, *scopes: str, expires_in: timedelta = timedelta(days=1)) -> str:
    """The text of a new token."""
    _row, text = Token.objects.create(user=owner, name="a program", scopes=list(scopes or Scope), expiry=expires_in)
    return str(text)


def program(token: str) -> APIClient:
    """What sends it."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE="en")
    return client


@pytest.fixture
def mine(user: User) -> APIClient:
    """A program of somebody who practises."""
    return program(token_of(user))


@pytest.fixture
def other(db: None) -> User:
    """Somebody else."""
    return User.objects.create_user("other@example.com", "a long enough pass phrase")


@pytest.fixture
def theirs(other: User) -> APIClient:
    """A program of somebody else."""
    return program(token_of(other))
