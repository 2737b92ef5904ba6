"""All that has to hold before a credential is believed, in the order in which it is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import KeySet

from challenges.credentials import bits
from challenges.credentials.document import Credential, StatusListCredential, digest_name
from challenges.credentials.refusal import Refused
from challenges.credentials.tokens import verified

ListAt = Callable[[str], str]
"""The token at an address of the issuer. Raises OSError if it does not answer."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose word is taken. id: a did:web. url: its site, without a slash at the end. keys: public, by thumbprint."""

    id: str
    url: str
    keys: KeySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the reader has beside the credential: the address of whoever shows it, and the SHA-256 of a file."""

    at: datetime
    email: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Believed:
    """A credential that holds, and which of the two questions beside it were asked."""

    credential: Credential
    of_this_person: bool
    of_this_file: bool

    @property
    def points(self) -> list[tuple[bool, str]]:
        """What is proven and what is not, each by the name of its sentence."""
        return [
            (True, "signed"),
            (True, "valid"),
            (self.of_this_person, "person_yes" if self.of_this_person else "person_no"),
            (self.of_this_file, "file_yes" if self.of_this_file else "file_no"),
            (False, "not_again"),
        ]

    @property
    def params(self) -> dict[str, str]:
        """What their sentences name."""
        return {"issuer": self.credential.issuer.id, "until": f"{self.credential.valid_until:%Y-%m-%d}"}


def check(token: str, issuer: Issuer, list_at: ListAt, asked: Asked) -> Believed:
    """Believe it, or raise Refused."""
    credential = verified(token, issuer.keys, issuer.id, Credential)
    if credential.issuer.id != issuer.id:
        raise Refused("wrong_issuer", found=credential.issuer.id[:200], expected=issuer.id)
    in_time(credential, asked.at)
    not_revoked(credential, issuer, list_at, asked.at)
    if asked.email:
        of_person(credential, asked.email)
    if asked.sha256 and digest_name(asked.sha256) not in {each.id for each in credential.evidence}:
        raise Refused("other_artefact")
    return Believed(credential, bool(asked.email), bool(asked.sha256))


def in_time(credential: Credential, at: datetime) -> None:
    """Raises Refused before it begins and after it has expired."""
    if at < credential.valid_from:
        raise Refused("not_yet", date=f"{credential.valid_from:%Y-%m-%d}")
    if at >= credential.valid_until:
        raise Refused("expired", date=f"{credential.valid_until:%Y-%m-%d}")


def of_person(credential: Credential, email: str) -> None:
    """Raises Refused if it was issued to somebody else, or does not say to whom."""
    known = credential.credential_subject.identifier
    if not known:
        raise Refused("no_subject")
    if not any(each.is_of(email) for each in known):
        raise Refused("other_subject")


def not_revoked(credential: Credential, issuer: Issuer, list_at: ListAt, at: datetime) -> None:
    """Raises Refused if the issuer has revoked it, or does not say."""
    status = credential.credential_status
    if not status.status_list_credential.startswith(f"{issuer.url}/"):
        raise Refused("status_unknown")
    try:
        token = list_at(status.status_list_credential)
        kept = verified(token, issuer.keys, issuer.id, StatusListCredential)
        revoked = bits.is_raised(kept.credential_subject.encoded_list, int(status.status_list_index))
    except (OSError, ValueError, Refused) as silent:
        raise Refused("status_unknown") from silent
    if kept.id != status.status_list_credential or at >= kept.valid_until:
        raise Refused("status_unknown")
    if revoked:
        raise Refused("revoked")
