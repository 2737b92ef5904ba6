"""Credentials are believed when they hold, and refused with a sentence of their own for each reason why they do not."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import msgspec
import openbadgeslib.baking as baking
import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.timezone import now
from joserfc.jwk import OKPKey
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from pytest_django import Settings

from accounts.deletion import delete
from accounts.models import User
from challenges.credentials import bits, tokens
from challenges.credentials.checking import Asked, Issuer, check
from challenges.credentials.refusal import Refused
from challenges.wording import words
from portfolio.credentials.images import baked_png, baked_svg
from portfolio.credentials.issuer import issuer, key_file, own_list, signing_keys
from portfolio.credentials.issuing import HOLDS, issue, revoke
from portfolio.models import Claim, Credential, Page, Slot
from submissions.revisions.changes import disqualify
from tests.platform.portfolio.conftest import MakePassed, departures

pytestmark = pytest.mark.django_db
SITE = "https://karui.example"
DID = "did:web:karui.example"
SCHEMA = "open-badges-3.0-achievement-credential.json"


@pytest.fixture(autouse=True)
def keys(settings: Settings, tmp_path: Path) -> None:
    """Keys of the test's own."""
    settings.KARUI_HOME = tmp_path
    settings.SITE_URL = SITE


@pytest.fixture
def claim(user: User, passed: MakePassed) -> Claim:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return Claim.objects.create(owner=user, submission=passed(user))


@pytest.fixture
def given(claim: Claim) -> Credential:
    return issue(claim)


def asked(**beside: Any) -> Asked:
    return Asked(**{"at": now(), **beside})


def refused(token: str, list_at: Callable[[str], str] = own_list, **beside: Any) -> str:
    """Why it is not believed."""
    with pytest.raises(Refused) as refusal:
        check(token, issuer(), list_at, asked(**beside))
    for language in ("ja", "en"):
        assert words(language)[f"credential_{refusal.value.code}"].format(**refusal.value.params)
    return refusal.value.code


def said(token: str) -> dict[str, Any]:
    """What is in it."""
    payload = token.split(".")[1]
    return msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def signed_again(token: str, key: OKPKey | None = None, **changes: Any) -> str:
    """The same with other content, rightly signed."""
    by = key or signing_keys()[0]
    return tokens.sign(said(token) | changes, by, f"{DID}#{by.kid}")


def test_a_credential_holds_and_says_what_is_proven(given: Credential, user: User) -> None:
    alone = check(given.signed, issuer(), own_list, asked())
    beside = check(
        given.signed, issuer(), own_list, asked(email=user.email.upper(), sha256=given.claim.submission.sha256)
    )

    assert [point for proven, point in alone.points if proven] == ["signed", "valid"]
    assert [point for proven, point in beside.points if proven] == ["signed", "valid", "person_yes", "file_yes"]
    assert [point for proven, point in beside.points if not proven] == ["not_again"]


def test_its_figures_are_those_of_the_claim(given: Credential) -> None:
    facts = given.claim.facts
    figures = {key: value for key, _, value in check(given.signed, issuer(), own_list, asked()).credential.figures}

    assert figures["points"] == f"{facts.points} ({facts.formula})"
    assert figures["size"] == f"1/{facts.size.times}"
    assert figures["speed"] == f"1/{facts.speed.times} [{facts.speed.low}, {facts.speed.high}]"
    assert (figures["cpu"], figures["runtime"]) == (facts.cpu, facts.runtime)
    for language in ("ja", "en"):
        assert all(f"figure_{key}" in words(language) for key in figures)


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.long)])
def test_any_changed_byte_is_refused(given: Credential, step: int) -> None:
    token, known = given.signed, issuer()
    others = ["A" if letter != "A" else "B" for letter in token]

    believed = [at for at in range(0, len(token), step) if holds(token[:at] + others[at] + token[at + 1 :], known)]

    assert believed == []


def holds(token: str, known: Issuer | None = None) -> bool:
    try:
        check(token, known or issuer(), own_list, asked())
    except Refused:
        return False
    return True


def test_a_signature_has_one_spelling(given: Credential) -> None:
    """The last letter of a signature has four bits that nobody reads: 16 letters would mean the same."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".decode()

    assert [letter for letter in letters if holds(given.signed[:-1] + letter)] == [given.signed[-1]]


def test_changed_content_is_refused(given: Credential) -> None:
    head, _payload, signature = given.signed.split(".")
    content = said(given.signed)
    content["credentialSubject"]["result"][1]["value"] = "120.0 (karui-1)"
    changed = urlsafe_b64encode(msgspec.json.encode(content)).rstrip(b"=").decode()

    assert refused(f"{head}.{changed}.{signature}") == "changed"


def test_another_issuer_is_refused(given: Credential) -> None:
    assert refused(signed_again(given.signed, iss="did:web:elsewhere.example")) == "wrong_issuer"


def test_a_badge_in_the_name_of_another_than_its_signer_is_refused(given: Credential) -> None:
    other = said(given.signed)["issuer"] | {"id": "did:web:elsewhere.example"}

    assert refused(signed_again(given.signed, issuer=other)) == "wrong_issuer"


def test_a_key_of_somebody_else_is_refused(given: Credential) -> None:
    stranger = OKPKey.generate_key("Ed25519", auto_kid=True)

    assert refused(signed_again(given.signed, stranger)) == "unknown_key"


def test_a_token_that_nobody_signed_is_refused(given: Credential) -> None:
    head = urlsafe_b64encode(b'{"alg":"none","kid":"x"}').rstrip(b"=").decode()

    assert refused(f"{head}.{given.signed.split('.')[1]}.AAAA") == "wrong_algorithm"


def test_an_expired_one_is_refused(given: Credential) -> None:
    assert refused(given.signed, at=now() + HOLDS) == "expired"


def test_one_of_tomorrow_is_refused(given: Credential) -> None:
    assert refused(given.signed, at=now() - timedelta(days=1)) == "not_yet"


def test_a_revoked_one_is_refused_at_once(given: Credential) -> None:
    assert holds(given.signed)

    revoke(given)

    assert refused(given.signed) == "revoked"


def test_what_a_rotated_key_has_signed_still_holds_until_the_key_is_withdrawn(
    given: Credential, capsys: pytest.CaptureFixture[str]
) -> None:
    old = signing_keys()[0].kid
    call_command("issuer_keys", add=True)
    after_rotation = holds(given.signed)
    signed_by_new = signing_keys()[0].kid != old

    call_command("issuer_keys", withdraw=old)

    assert after_rotation
    assert signed_by_new
    assert refused(given.signed) == "unknown_key"
    assert old not in capsys.readouterr().out.splitlines()[-1]


def test_the_only_key_and_an_unknown_one_cannot_be_withdrawn() -> None:
    with pytest.raises(CommandError, match="only key"):
        call_command("issuer_keys", withdraw=signing_keys()[0].kid)
    with pytest.raises(CommandError, match="no key"):
        call_command("issuer_keys", withdraw="none")


def test_keys_are_for_their_owner_alone() -> None:
    signing_keys()

    assert key_file().stat().st_mode & 0o077 == 0


def test_replay_by_another_person_is_refused(given: Credential) -> None:
    assert refused(given.signed, email="somebody-else@example.com") == "other_subject"


def test_an_address_that_nobody_has_proven_is_not_vouched_for(claim: Claim, user: User) -> None:
    EmailAddress.objects.update(verified=False)

    assert refused(issue(claim).signed, email=user.email) == "no_subject"


def test_another_file_is_refused(given: Credential) -> None:
    assert refused(given.signed, sha256=sha256(b"another model").hexdigest()) == "other_artefact"


def test_a_list_that_cannot_be_believed_says_nothing(given: Credential) -> None:
    def silent(address: str) -> str:
        raise OSError

    other = OKPKey.generate_key("Ed25519", auto_kid=True)
    genuine = own_list(said(given.signed)["credentialStatus"]["statusListCredential"])
    stale = signed_again(genuine, validUntil=now().isoformat())

    assert refused(given.signed, silent) == "status_unknown"
    assert refused(given.signed, lambda address: signed_again(genuine, other)) == "status_unknown"
    assert refused(given.signed, lambda address: stale) == "status_unknown"
    assert refused(given.signed, lambda address: signed_again(genuine, id=f"{SITE}/another/")) == "status_unknown"


def test_a_list_elsewhere_is_not_asked(given: Credential) -> None:
    elsewhere = said(given.signed)["credentialStatus"] | {"statusListCredential": "https://evil.example/status/0/"}

    assert refused(signed_again(given.signed, credentialStatus=elsewhere)) == "status_unknown"


def test_what_is_no_credential_is_called_so(given: Credential) -> None:
    fields = said(given.signed)
    del fields["credentialSubject"]
    key = signing_keys()[0]

    assert refused(tokens.sign(fields, key, f"{DID}#{key.kid}")) == "not_a_credential"
    assert refused("eyJ.e30.AAAA") == "not_a_credential"


def test_a_file_has_to_hold_one_token(given: Credential, passed: MakePassed, user: User) -> None:
    other = issue(Claim.objects.create(owner=user, submission=passed(user)))

    with pytest.raises(Refused, match="no_token"):
        tokens.token_in(b"\x89PNG and no token")
    with pytest.raises(Refused, match="several_tokens"):
        tokens.token_in(f"{given.signed} {other.signed}".encode())
    assert tokens.token_in(f'verify="{given.signed}"'.encode()) == given.signed


def test_a_claim_has_one_credential_at_a_time(claim: Claim, given: Credential) -> None:
    again = issue(claim)
    revoke(given)
    new = issue(claim)

    assert again == given
    assert new != given
    assert (holds(given.signed), holds(new.signed)) == (False, True)


def test_an_entry_that_is_disqualified_takes_its_credential_along(given: Credential) -> None:
    disqualify(given.claim.submission, User.objects.create_user("operator@example.com"), "a reason")

    assert refused(given.signed) == "revoked"


def test_an_entry_that_is_judged_anew_needs_a_new_credential(given: Credential) -> None:
    given.claim.submission.take(given.claim.submission.report, judged_anew_at=now() + timedelta(seconds=1))

    claim = Claim.objects.get()
    assert refused(given.signed) == "revoked"
    assert claim.facts.measured_on > given.claim.facts.measured_on


def test_a_deleted_account_leaves_a_revoked_place_and_nothing_else(given: Credential, user: User) -> None:
    address = given.get_absolute_url()

    delete(user)

    assert refused(given.signed) == "revoked"
    assert not Credential.objects.exists()
    assert Slot.objects.count() == 1
    for name in ("", "credential.jwt", "badge-ja.svg", "badge-ja.png", "report.json"):
        assert Client().get(f"{address}{name}").status_code == 404


def test_only_the_owner_has_one_issued_or_revoked(given: Credential, other: Client) -> None:
    issued = other.post(f"/portfolio/claims/{given.claim_id}/credential/")
    revoked = other.post(f"/portfolio/credentials/{given.pk}/revoke/")

    assert (issued.status_code, revoked.status_code) == (404, 404)
    assert holds(given.signed)


@pytest.fixture
def other(client: Client) -> Client:
    """Somebody else, signed in."""
    client.force_login(User.objects.create_user("other@example.com", "a long enough pass phrase"))
    return client


def test_the_owner_has_one_issued_and_revoked_on_their_page(signed_in: Client, claim: Claim) -> None:
    issued = signed_in.post(f"/portfolio/claims/{claim.pk}/credential/")
    given = Credential.objects.get()
    before = signed_in.get("/portfolio/").content.decode()
    signed_in.post(f"/portfolio/credentials/{given.pk}/revoke/")

    assert issued["Location"] == given.get_absolute_url()
    assert given.get_absolute_url() in before
    assert refused(given.signed) == "revoked"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_its_page_shows_that_it_holds_and_later_why_not(given: Credential, language: str) -> None:
    told = words(language)
    page = Client().get(given.get_absolute_url(), headers={"accept-language": language})
    revoke(given)
    after = Client().get(given.get_absolute_url(), headers={"accept-language": language})

    assert told["figure_size_bytes"] in page.content.decode()
    assert told["credential_file_no"] in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert told["credential_revoked"] in after.content.decode()
    assert given.signed not in after.content.decode()


@pytest.mark.parametrize(
    ("name", "kind"), [("badge-ja.svg", "image/svg+xml; charset=utf-8"), ("badge-en.png", "image/png")]
)
def test_its_images_are_served_with_the_token_in_them(given: Credential, name: str, kind: str) -> None:
    image = Client().get(f"{given.get_absolute_url()}{name}")

    assert image["Content-Type"] == kind
    assert tokens.token_in(image.content) == given.signed


@pytest.mark.parametrize("name", ["badge-fr.svg", "badge-ja.gif"])
def test_there_are_no_other_images(given: Credential, name: str) -> None:
    assert Client().get(f"{given.get_absolute_url()}{name}").status_code == 404


@pytest.mark.parametrize("language", ["ja", "en"])
def test_anybody_can_have_one_verified(given: Credential, user: User, language: str) -> None:
    model = SimpleUploadedFile("entry.onnx", b"not the model")
    text = {"text": f" {given.signed}\n"}

    def answered(**fields: Any) -> str:
        return Client().post("/verify/", text | fields, headers={"accept-language": language}).content.decode()

    assert words(language)["credential_person_yes"] in answered(email=user.email)
    assert words(language)["credential_other_subject"] in answered(email="else@example.com")
    assert words(language)["credential_other_artefact"] in answered(model=model)


def test_an_image_can_be_verified_and_an_empty_form_is_explained(given: Credential) -> None:
    image = SimpleUploadedFile("badge.svg", baked_svg(given, "ja").encode())
    english = {"accept-language": "en"}

    assert "Proven" in Client().post("/verify/", {"file": image}, headers=english).content.decode()
    empty = Client().post("/verify/", {}, headers=english)
    assert empty.status_code == 422
    assert "paste its text" in empty.content.decode()


def test_a_public_page_leads_to_the_credentials_of_what_it_shows(portfolio: Page) -> None:
    shown, hidden = (issue(Claim.objects.get(owner=portfolio.owner, is_shown=is_shown)) for is_shown in (True, False))
    portfolio.is_public = True
    portfolio.save()

    page = Client().get(portfolio.get_absolute_url()).content.decode()

    assert shown.get_absolute_url() in page
    assert hidden.get_absolute_url() not in page


def published(address: str) -> bytes:
    """What others read under an address of ours."""
    return Client().get(address.removeprefix(SITE)).content


def test_software_that_nobody_here_wrote_reads_our_keys_and_signature(given: Credential) -> None:
    known = jwt.PyJWKSet.from_json(published("/.well-known/jwks.json").decode())
    kid = jwt.get_unverified_header(given.signed)["kid"].rpartition("#")[2]

    payload = jwt.decode(given.signed, known[kid], algorithms=["EdDSA"], issuer=DID)

    assert payload["jti"] == f"{SITE}{given.get_absolute_url()}"


def test_a_library_for_open_badges_believes_it_and_its_status(given: Credential) -> None:
    verifier = OB3Verifier.for_issuer_did(DID, download=published)
    believed = verifier.verify(given.signed, check_status=True, download=published)
    revoke(given)

    assert believed.issuer.id == DID
    with pytest.raises(OB3VerificationError, match="'revocation' is set"):
        verifier.verify(given.signed, check_status=True, download=published)


def test_it_is_an_open_badge_by_the_published_schema(given: Credential) -> None:
    assert departures(said(given.signed), SCHEMA) == []


def test_the_published_schema_refuses_what_is_none(given: Credential) -> None:
    badge = said(given.signed)
    subject = badge["credentialSubject"]
    nameless = subject | {"achievement": {key: value for key, value in subject["achievement"].items() if key != "name"}}

    assert departures(badge | {"type": ["VerifiableCredential"]}, SCHEMA)
    assert departures(badge | {"validFrom": "yesterday"}, SCHEMA)
    assert departures(badge | {"credentialSubject": nameless}, SCHEMA)
    assert departures(badge | {"credentialSubject": subject | {"result": [{"type": ["Result"], "value": 4.2}]}}, SCHEMA)


def test_a_library_for_open_badges_refuses_a_changed_one(given: Credential) -> None:
    verifier = OB3Verifier.for_issuer_did(DID, download=published)

    with pytest.raises(OB3VerificationError):
        verifier.verify(given.signed[:-10] + "AAAAAAAAAA")


def test_a_library_for_open_badges_finds_it_in_the_images(given: Credential) -> None:
    svg, png = baked_svg(given, "ja").encode(), baked_png(given, "ja")

    assert baking.extract_svg(svg, element=baking.SVG_ELEMENT_OB3) == given.signed
    assert baking.extract_png(png, keyword=baking.ITXT_KEYWORD_OB3) == given.signed
    assert tokens.token_in(png) == given.signed


def test_what_follows_a_token_in_an_image_is_not_part_of_it(given: Credential) -> None:
    checksum_that_looks_like_a_signature = b"L-_9"

    assert tokens.token_in(b"\0" + given.signed.encode() + checksum_that_looks_like_a_signature) == given.signed


@pytest.mark.parametrize("raised", [[], [0], [7, 8, 131_071], list(range(0, 131_072, 1000))])
def test_a_list_says_what_was_put_in(raised: list[int]) -> None:
    encoded = bits.encode(raised)

    assert [at for at in range(bits.BITS) if at in {0, 1, 7, 8, 1000, 131_071} and bits.is_raised(encoded, at)] == [
        at for at in raised if at in {0, 1, 7, 8, 1000, 131_071}
    ]


@pytest.mark.parametrize(
    ("encoded", "at"), [("u!!", 0), ("uAAAA", 0), (bits.encode([]), 131_072), (bits.encode([]), -1)]
)
def test_what_is_no_list_or_has_no_such_bit_is_refused(encoded: str, at: int) -> None:
    with pytest.raises(ValueError, match="no "):
        bits.is_raised(encoded, at)
