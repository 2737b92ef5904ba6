"""This site as an issuer: its keys, its identity, its word on what is revoked."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils.timezone import now
from joserfc.jwk import OKPKey

from challenges.credentials import bits, keys, tokens
from challenges.credentials.checking import Issuer
from challenges.credentials.identity import did_of
from challenges.secret_files import made_once
from portfolio.credentials.models import Slot

FILE = "issuer-keys.json"
LIST_S, LIST_HOLDS = 60, timedelta(days=1)
CONTEXT = "https://www.w3.org/ns/credentials/v2"


def key_file() -> Path:
    """Where the keys are. It is read each time, so that a new key signs at once."""
    return Path(settings.KARUI_HOME / FILE)


def signing_keys() -> list[OKPKey]:
    """The one that signs first. A site that has none makes itself one."""
    return keys.private_keys(made_once(key_file(), keys.added))


def issuer() -> Issuer:
    """This site, as others check it."""
    return Issuer(did_of(settings.SITE_URL), settings.SITE_URL, keys.public(signing_keys()))


def sign(said: dict[str, object]) -> str:
    """A token of this site."""
    key = signing_keys()[0]
    return tokens.sign(said, key, f"{did_of(settings.SITE_URL)}#{key.kid}")


def full(path: str) -> str:
    """The address of one of our pages, as credentials name it."""
    return f"{settings.SITE_URL}{path}"


def list_address(number: int) -> str:
    """Where a status list is."""
    return full(reverse("portfolio:status_list", args=[number]))


def status_list(number: int) -> str:
    """One list, signed anew every minute."""
    return str(cache.get_or_set(list_key(number), lambda: sign(listed(number)), LIST_S))


def list_key(number: int) -> str:
    """Under which a list is cached: whoever revokes deletes it."""
    return f"status-list-{number}"


def listed(number: int) -> dict[str, object]:
    """What a list says."""
    address, did, at = list_address(number), did_of(settings.SITE_URL), now().replace(microsecond=0)
    return {
        "@context": [CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did,
        "validFrom": at.isoformat(),
        "validUntil": (at + LIST_HOLDS).isoformat(),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": bits.encode(Slot.objects.revoked(number)),
        },
        "iss": did,
        "jti": address,
        "sub": f"{address}#list",
        "nbf": int(at.timestamp()),
        "exp": int((at + LIST_HOLDS).timestamp()),
    }


def own_list(address: str) -> str:
    """A list of ours by its address, without asking ourselves over the network. Raises OSError if it is none."""
    number = address.rstrip("/").rpartition("/")[2]
    if not number.isdecimal() or address != list_address(int(number)):
        raise OSError(address)
    return status_list(int(number))
