"""Signed tokens: JSON in a compact JWS, by Ed25519 and by nothing else."""

import re
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError, SecurityWarning
from joserfc.jwk import KeySet, OKPKey

from challenges.credentials.refusal import Refused

ALGORITHM = "EdDSA"
# RFC 9864 renames it to Ed25519; verifiers of Open Badges know the old name only
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)
LARGEST_BYTES = 64 * 2**10
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{1,86}")
"""It ends where an Ed25519 signature does: a PNG's checksum follows at once, and may look like more of it."""

Said = TypeVar("Said")


def sign(said: Mapping[str, Any], key: OKPKey, kid: str) -> str:
    """A token. The same content and key give the same token."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": "JWT"}
    token: str = jws.serialize_compact(header, msgspec.json.encode(said), key, algorithms=[ALGORITHM])
    return token


def token_in(data: bytes) -> str:
    """The one token in a file: alone, in a page, or in an image. Raises Refused."""
    found = set(TOKEN.findall(data))
    if not found:
        raise Refused("no_token")
    if len(found) > 1:
        raise Refused("several_tokens")
    token: bytes = found.pop()
    return token.decode()


def verified(token: str, keys: KeySet, issuer: str, kind: type[Said]) -> Said:
    """What it says, once it is known to be this issuer's. Raises Refused."""
    opened = _opened(token)
    if (found := str(_payload(opened).get("iss", ""))) != issuer:
        raise Refused("wrong_issuer", found=found[:200], expected=issuer)
    if opened.headers().get("alg") != ALGORITHM:
        raise Refused("wrong_algorithm")
    try:
        jws.deserialize_compact(token.encode(), key_of(opened, keys), algorithms=[ALGORITHM])
        return msgspec.json.decode(opened.payload, type=kind)
    except BadSignatureError as changed:
        raise Refused("changed") from changed
    except (JoseError, msgspec.MsgspecError, ValueError) as strange:
        raise Refused("not_a_credential") from strange


def key_of(opened: jws.CompactSignature, keys: KeySet) -> OKPKey:
    """The key that it names. Raises Refused if the issuer has no such key, or no longer."""
    kid = str(opened.headers().get("kid", ""))
    try:
        return keys.get_by_kid(kid.rpartition("#")[2])  # type: ignore[return-value]
    except InvalidKeyIdError as missing:
        raise Refused("unknown_key") from missing


def _opened(token: str) -> jws.CompactSignature:
    if len(token) > LARGEST_BYTES:
        raise Refused("not_a_credential")
    try:
        opened = jws.extract_compact(token.encode())
    except (JoseError, ValueError) as strange:
        raise Refused("not_a_credential") from strange
    signature = opened.segments["signature"]
    if urlsafe_b64encode(urlsafe_b64decode(signature + b"==")).rstrip(b"=") != signature:
        raise Refused("changed")  # in bits that carry nothing, but it is not what was given out
    return opened


def _payload(opened: jws.CompactSignature) -> dict[str, Any]:
    try:
        return msgspec.json.decode(opened.payload, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError) as strange:
        raise Refused("not_a_credential") from strange
