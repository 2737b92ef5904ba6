"""The frame around every page: headers, languages, errors, health, and the root without a package."""

import json
import os
import platform
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.timezone import now
from django.views.defaults import server_error
from model_bakery import baker

from config.home import secret_key
from submissions.models import Worker

ROOT = Path(__file__).parents[3]
both_languages = pytest.mark.parametrize("language", ["ja", "en"])


def test_the_source_root_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert platform.machine()  # the standard library's module, not our folder


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"

    first, second = secret_key(path), secret_key(path)

    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.django_db
@both_languages
@pytest.mark.parametrize("address", ["/", "/challenges/", "/accounts/login/", "/accounts/signup/", "/no-such-page"])
def test_every_page_speaks_both_languages_and_forbids_inline_code(client: Client, address: str, language: str) -> None:
    answer = client.get(address, headers={"accept-language": language})

    policy = answer["Content-Security-Policy"]
    assert f'<html lang="{language}">' in answer.content.decode()
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_a_browser_without_a_wish_gets_japanese(client: Client) -> None:
    assert '<html lang="ja">' in client.get("/").content.decode()


@both_languages
def test_a_missing_page_says_so(client: Client, language: str) -> None:
    answer = client.get("/no-such-page", headers={"accept-language": language})

    assert answer.status_code == 404
    assert {"ja": "ページが見つかりません", "en": "There is no such page"}[language] in answer.content.decode()


@pytest.mark.django_db
@both_languages
def test_a_form_without_its_token_is_explained(language: str) -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/language/", {"language": "en"}, headers={"accept-language": language})

    assert answer.status_code == 403
    assert {"ja": "有効期限", "en": "out of date"}[language] in answer.content.decode()


def test_the_page_of_our_own_error_needs_nothing_to_work(rf: RequestFactory) -> None:
    with translation.override("ja"):
        answer = server_error(rf.get("/"))

    assert answer.status_code == 500
    assert "こちら側のエラーです" in answer.content.decode()


def test_the_process_is_healthy_without_a_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_it_is_ready_when_a_worker_was_seen(client: Client) -> None:
    baker.make(Worker, name="w", seen_at=now())

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok", "worker": "ok"})


@pytest.mark.django_db
def test_it_is_not_ready_when_all_workers_are_silent(client: Client) -> None:
    baker.make(Worker, name="w", seen_at=now() - timedelta(minutes=5))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["worker"] == "DoesNotExist"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in a process of its own, where settings are read anew."""
    return python("manage.py", *arguments, **environment)


def settings_tell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script that asks the settings alone, which takes a quarter of the time that the whole site takes."""
    where = {"PYTHONPATH": "platform", "DJANGO_SETTINGS_MODULE": "config.settings"}
    return python("-c", script, **where, **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_deployment_check_finds_nothing(tmp_path: Path) -> None:
    found = manage("check", "--deploy", "--fail-level", "INFO", KARUI_HOME=str(tmp_path), KARUI_HTTPS="1")

    assert found.returncode == 0, found.stderr


@pytest.mark.django_db
def test_the_models_have_their_migrations() -> None:
    call_command("makemigrations", check=True, dry_run=True)  # would exit with 1


def test_services_come_from_the_environment(tmp_path: Path) -> None:
    script = (
        "from django.conf import settings as s; import json; print(json.dumps([s.DATABASES['default']['ENGINE'],"
        "s.DATABASES['default']['OPTIONS'], s.CELERY_BROKER_URL, s.STORAGES['default']['BACKEND']]))"
    )

    shown = settings_tell(
        script,
        KARUI_HOME=str(tmp_path),
        DATABASE_URL="postgres://karui@db/karui",
        REDIS_URL="redis://queue/0",
        KARUI_S3_BUCKET="models",
    )

    assert json.loads(shown.stdout) == [
        "django.db.backends.postgresql",
        {"pool": {"min_size": 1, "max_size": 16}},
        "redis://queue/0",
        "storages.backends.s3.S3Storage",
    ]


def test_secrets_come_from_files_which_may_end_with_a_new_line(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgres://karui:secret@db/karui",
        "EMAIL_URL": "",
        "KARUI_GITHUB_CLIENT_SECRET": "secret",
    }
    for name, value in given.items():
        (tmp_path / name).write_text(f"{value}\n")
    script = (
        "from django.conf import settings as s; import json; d = s.DATABASES['default'];"
        "print(json.dumps([d['PASSWORD'], d['NAME'], s.EMAIL_BACKEND, s.GITHUB_CLIENT_SECRET]))"
    )

    files = {f"{name}_FILE": str(tmp_path / name) for name in given}
    shown = settings_tell(script, KARUI_HOME=str(tmp_path), **files)

    dummy = "django.core.mail.backends.dummy.EmailBackend"
    assert json.loads(shown.stdout) == ["secret", "karui", dummy, "secret"], shown.stderr


@pytest.mark.parametrize(
    ("environment", "allowed", "address"),
    [
        ({}, ["'self'"], None),
        pytest.param({"KARUI_GITHUB_CLIENT_ID": "id"}, ["'self'"], None, marks=pytest.mark.long),
        (
            {"KARUI_GITHUB_CLIENT_ID": "id", "KARUI_GITHUB_CLIENT_SECRET": "secret"},
            ["'self'", "https://github.com"],
            "https://github.com/login/oauth/authorize",
        ),
        pytest.param(
            {
                "KARUI_GITHUB_CLIENT_ID": "id",
                "KARUI_GITHUB_CLIENT_SECRET": "secret",
                "KARUI_GITHUB_URL": "https://git.example/",
            },
            ["'self'", "https://git.example"],
            "https://git.example/login/oauth/authorize",
            marks=pytest.mark.long,
        ),
    ],
)
def test_forms_may_lead_to_github_only_where_its_settings_are(
    tmp_path: Path, environment: dict[str, str], allowed: list[str], address: str | None
) -> None:
    script = (
        "from django.conf import settings as s; import json; from django.urls import NoReverseMatch, reverse\n"
        "from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter as adapter\n"
        "try: reverse('github_login'); address = adapter.authorize_url\n"
        "except NoReverseMatch: address = None\n"
        "print(json.dumps([s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'], address]))"
    )

    shown = manage("shell", "--no-imports", "-c", script, KARUI_HOME=str(tmp_path), **environment)

    assert json.loads(shown.stdout) == [allowed, address], shown.stderr


def test_no_message_can_carry_a_pickle() -> None:
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_BEAT_SCHEDULER == "celery.beat:Scheduler"
