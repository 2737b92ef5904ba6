"""What a credential says, as far as it is looked at. Names are those of Open Badges 3.0 and of the W3C."""

import base64
from datetime import datetime
from hashlib import sha256

import msgspec

DIGEST = "ni:///sha-256;"
"""RFC 6920: a name that is made of the digest of what it names."""


class Profile(msgspec.Struct, frozen=True):
    """Who has issued it."""

    id: str
    name: str


class Identity(msgspec.Struct, frozen=True, rename="camel"):
    """The digest of an e-mail address with a salt."""

    identity_hash: str
    salt: str

    def is_of(self, email: str) -> bool:
        """Whether it was made of this address."""
        return self.identity_hash == identity_hash(email, self.salt)


class ResultDescription(msgspec.Struct, frozen=True):
    """What a figure means."""

    id: str
    name: str


class Result(msgspec.Struct, frozen=True, rename="camel"):
    """One figure."""

    result_description: str
    value: str


class Achievement(msgspec.Struct, frozen=True, rename="camel"):
    """What was asked for."""

    id: str
    name: str
    result_description: list[ResultDescription]


class Subject(msgspec.Struct, frozen=True):
    """Somebody, and what was measured of their entry."""

    identifier: list[Identity]
    achievement: Achievement
    result: list[Result]


class Evidence(msgspec.Struct, frozen=True):
    """What the figures were measured of, or where they can be read in full."""

    id: str
    name: str = ""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """Which bit of which list says that it was revoked."""

    status_list_index: str
    status_list_credential: str


class Credential(msgspec.Struct, frozen=True, rename="camel"):
    """All of it."""

    id: str
    name: str
    issuer: Profile
    valid_from: datetime
    valid_until: datetime
    credential_subject: Subject
    credential_status: Status
    evidence: list[Evidence]

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        """What was measured: a key, its name in the credential, its value."""
        meant = {each.id: each.name for each in self.credential_subject.achievement.result_description}
        asked = [(each.result_description, each.value) for each in self.credential_subject.result]
        return [(name.rpartition("#")[2], meant.get(name, ""), value) for name, value in asked]


class StatusList(msgspec.Struct, frozen=True, rename="camel"):
    """One bit for each credential, packed."""

    encoded_list: str


class StatusListCredential(msgspec.Struct, frozen=True, rename="camel"):
    """The issuer's word on which credentials are revoked."""

    id: str
    valid_until: datetime
    credential_subject: StatusList


def identity_hash(email: str, salt: str) -> str:
    """An IdentityHash, as Open Badges 3.0 defines it."""
    return f"sha256${sha256((email.strip().lower() + salt).encode()).hexdigest()}"


def digest_name(hexdigest: str) -> str:
    """The name of what has this SHA-256."""
    return DIGEST + base64.urlsafe_b64encode(bytes.fromhex(hexdigest)).rstrip(b"=").decode()
