"""`karui verify` believes what holds and says of everything else why not, over the network as for anybody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from challenges.cli import main
from challenges.credentials.identity import did_of
from challenges.wording import words
from portfolio.credentials.images import baked_svg
from portfolio.credentials.issuing import issue, revoke
from portfolio.models import Claim, Credential
from tests.platform.portfolio.conftest import MakePassed

pytestmark = pytest.mark.django_db(transaction=True)
Verified = tuple[int, str]


@pytest.fixture
def given(user: User, passed: MakePassed, live_server: LiveServer, settings: Settings, tmp_path: Path) -> Credential:
    """A credential of a site that answers."""
    settings.KARUI_HOME, settings.SITE_URL = tmp_path, live_server.url
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return issue(Claim.objects.create(owner=user, submission=passed(user)))


@pytest.fixture
def verify(
    monkeypatch: pytest.MonkeyPatch, live_server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Verified]:
    """Run the command; gives its exit code and what it says."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("KARUI_SITE", live_server.url)
    monkeypatch.setenv("KARUI_TOKEN", "any")

    def run(*arguments: str) -> Verified:
        code = main(["verify", *arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_address_is_verified(
    given: Credential, live_server: LiveServer, verify: Callable[..., Verified], language: str
) -> None:
    told = words(language)

    code, said = verify(f"{live_server.url}{given.get_absolute_url()}", "--lang", language)

    assert code == 0
    assert told["credential_proven"] in said
    assert f"{told['figure_points']}: {given.claim.facts.points}" in said
    assert f"- {told['credential_person_no']}" in said


def test_a_file_is_verified_with_its_model_and_its_holder(
    given: Credential, user: User, verify: Callable[..., Verified], tmp_path: Path
) -> None:
    image, model = tmp_path / "badge.svg", tmp_path / "entry.onnx"
    image.write_text(baked_svg(given, "en"))
    model.write_bytes(b"another model")

    right = verify(str(image), "--email", user.email, "--lang", "en")
    wrong = verify(str(image), "--model", str(model), "--lang", "en")

    assert right[0] == 0
    assert f"+ {words('en')['credential_person_yes']}" in right[1]
    assert wrong == (2, words("en")["credential_other_artefact"] + "\n")


def test_a_revoked_one_ends_with_two(given: Credential, verify: Callable[..., Verified], tmp_path: Path) -> None:
    token = tmp_path / "credential.jwt"
    token.write_text(given.signed)
    revoke(given)

    assert verify(str(token), "--lang", "en") == (2, words("en")["credential_revoked"] + "\n")


def test_the_word_of_another_site_is_asked_for_by_name(
    given: Credential,
    verify: Callable[..., Verified],
    live_server: LiveServer,
    settings: Settings,
    tmp_path: Path,
) -> None:
    token, issued_by = tmp_path / "credential.jwt", did_of(live_server.url)
    token.write_text(given.signed)
    settings.SITE_URL = live_server.url.replace("localhost", "127.0.0.1")

    code, said = verify(str(token), "--issuer", settings.SITE_URL, "--lang", "en")

    assert code == 2
    assert f"issued by {issued_by}, not by {did_of(settings.SITE_URL)}" in said


def test_what_cannot_be_read_or_reached_is_said(
    given: Credential, verify: Callable[..., Verified], live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "empty.svg").write_text("<svg/>")

    assert verify(str(tmp_path / "none.jwt"), "--lang", "en")[0] == 1
    assert verify(f"{live_server.url}/credentials/none/", "--lang", "en")[0] == 1
    assert verify(str(tmp_path / "empty.svg"), "--lang", "en") == (2, words("en")["credential_no_token"] + "\n")


def test_a_site_that_is_silent_proves_nothing(
    given: Credential, verify: Callable[..., Verified], tmp_path: Path
) -> None:
    token = tmp_path / "credential.jwt"
    token.write_text(given.signed)

    code, said = verify(str(token), "--issuer", "http://localhost:9", "--lang", "en")

    assert code == 2
    assert said == words("en")["credential_issuer_silent"].format(issuer="did:web:localhost%3A9") + "\n"
