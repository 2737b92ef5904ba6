"""An issuer's identity is its address: did:web. What it publishes there are its public keys."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from challenges.credentials.refusal import Refused

DOCUMENT = "/.well-known/did.json"
CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"]
LOCAL = ("localhost", "127.0.0.1")


class Method(msgspec.Struct, frozen=True, rename="camel"):
    """One public key."""

    id: str
    public_key_jwk: dict[str, str | list[str]]


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """Who somebody is, and with which keys they sign."""

    id: str
    verification_method: list[Method]


def did_of(url: str) -> str:
    """The did:web of a site."""
    return f"did:web:{quote(urlsplit(url).netloc, safe='')}"


def url_of(did: str) -> str:
    """The site of a did:web: over TLS, unless it is this machine. Raises Refused for another kind of identity."""
    if not did.startswith("did:web:") or not (host := unquote(did.removeprefix("did:web:").partition(":")[0])):
        raise Refused("unknown_identity", found=did[:200])
    return f"{'http' if urlsplit(f'//{host}').hostname in LOCAL else 'https'}://{host}"


def document(did: str, keys: Iterable[OKPKey]) -> Mapping[str, Any]:
    """What a site with these keys publishes, the one that signs first."""
    methods = [
        {
            "id": f"{did}#{key.kid}",
            "type": "JsonWebKey2020",
            "controller": did,
            "publicKeyJwk": key.as_dict(private=False),
        }
        for key in keys
    ]
    ids = [method["id"] for method in methods]
    return {"@context": CONTEXT, "id": did, "verificationMethod": methods, "assertionMethod": ids}


def keys_in(published: bytes, did: str) -> KeySet:
    """The keys in such a document. Raises Refused if it is none, or somebody else's."""
    try:
        read = msgspec.json.decode(published, type=Document)
        keys = KeySet([OKPKey.import_key(method.public_key_jwk) for method in read.verification_method])
    except (msgspec.MsgspecError, JoseError, ValueError) as strange:
        raise Refused("issuer_silent", issuer=did) from strange
    if read.id != did:
        raise Refused("issuer_silent", issuer=did)
    return keys
