"""An issuer's own keys, as a JWK set: the first one signs, and all of them verify until they are withdrawn."""

import msgspec
from joserfc.jwk import KeySet, OKPKey


def added(kept: bytes = b'{"keys": []}') -> bytes:
    """The set with a new key that signs from now on."""
    new = OKPKey.generate_key("Ed25519", auto_kid=True)
    return _set([new, *private_keys(kept)])


def withdrawn(kept: bytes, kid: str) -> bytes:
    """The set without one key: what it has signed is believed no more. Raises KeyError if it is not there."""
    keys = private_keys(kept)
    left = [key for key in keys if key.kid != kid]
    if len(left) == len(keys):
        raise KeyError(kid)
    return _set(left)


def private_keys(kept: bytes) -> list[OKPKey]:
    """The keys, the one that signs first."""
    read = msgspec.json.decode(kept, type=dict[str, list[dict[str, str | list[str]]]])
    return [OKPKey.import_key(key) for key in read["keys"]]


def public(keys: list[OKPKey]) -> KeySet:
    """What others may know of them."""
    return KeySet([OKPKey.import_key(key.as_dict(private=False)) for key in keys])


def _set(keys: list[OKPKey]) -> bytes:
    return msgspec.json.encode({"keys": [key.as_dict(private=True) for key in keys]})
