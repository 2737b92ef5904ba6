"""`karui verify FILE|URL`: whether a credential holds, what that proves, and what it does not."""

import argparse
import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from rich.console import Console

from challenges.credentials.checking import Asked, Believed, Issuer, check
from challenges.credentials.identity import DOCUMENT, did_of, keys_in, url_of
from challenges.credentials.refusal import Refused
from challenges.credentials.tokens import token_in
from challenges.online.login import HERE, SITE_VARIABLE, login
from challenges.wording import words

BELIEVED, FAILED, REFUSED = 0, 1, 2
PATIENCE_S = 20
LARGEST_BYTES = 8 * 2**20


def verify(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui verify FILE|URL`."""
    told, errors = words(language), Console(stderr=True)
    try:
        token = token_in(contents(options.credential))
        asked = Asked(
            at=datetime.now(UTC),
            email=options.email or "",
            sha256=sha256(options.model.read_bytes()).hexdigest() if options.model else "",
        )
        believed = check(token, issuer_at(trusted(options)), text_at, asked)
    except Refused as refusal:
        errors.print(
            told[f"credential_{refusal.code}"].format(**refusal.params), style="red", markup=False, soft_wrap=True
        )
        return REFUSED
    except httpx.HTTPError as problem:
        errors.print(told["credential_unreachable"].format(reason=problem), style="red", markup=False, soft_wrap=True)
        return FAILED
    except OSError as problem:
        errors.print(told["unreadable"].format(path=problem.filename, reason=problem.strerror), style="red")
        return FAILED
    show(believed, language, console)
    return BELIEVED


def trusted(options: argparse.Namespace) -> str:
    """Whose word is asked for: as told, else the site of the address, else the one that is signed in to."""
    if options.issuer:
        return str(options.issuer).rstrip("/")
    if is_address(options.credential):
        return url_of(did_of(options.credential))
    known = login()
    return known.site if known else os.environ.get(SITE_VARIABLE, HERE).rstrip("/")


def is_address(source: str) -> bool:
    """Whether it is read from the web."""
    return urlsplit(source).scheme in ("http", "https")


def contents(source: str) -> bytes:
    """A file or what is at an address. Raises OSError, httpx.HTTPError."""
    return fetched(source) if is_address(source) else Path(source).read_bytes()


def fetched(address: str) -> bytes:
    """What is there, up to a size. Raises httpx.HTTPError."""
    with httpx.stream("GET", address, timeout=PATIENCE_S) as answer:
        answer.raise_for_status()
        carried = bytearray()
        for part in answer.iter_bytes():
            carried += part
            if len(carried) > LARGEST_BYTES:
                raise httpx.TransportError(f"more than {LARGEST_BYTES} bytes")
        return bytes(carried)


def text_at(address: str) -> str:
    """A token at an address. Raises OSError if it cannot be had."""
    try:
        return token_in(fetched(address))
    except httpx.HTTPError as problem:
        raise OSError(str(problem)) from problem


def issuer_at(url: str) -> Issuer:
    """A site with the keys that it publishes. Raises Refused if it cannot be asked."""
    did = did_of(url)
    try:
        return Issuer(did, url, keys_in(fetched(url_of(did) + DOCUMENT), did))
    except httpx.HTTPError as problem:
        raise Refused("issuer_silent", issuer=did) from problem


def show(believed: Believed, language: str, console: Console) -> None:
    """What it says, what is proven and what is not."""
    told, credential = words(language), believed.credential
    console.print(credential.name, style="bold", markup=False, soft_wrap=True)
    for key, name, value in credential.figures:
        console.print(f"  {told.get(f'figure_{key}', name)}: {value}", markup=False, soft_wrap=True)
    console.print(told["credential_proven"], style="green", soft_wrap=True)
    for proven, point in believed.points:
        sentence = told[f"credential_{point}"].format(**believed.params)
        console.print(f"  {'+' if proven else '-'} {sentence}", markup=False, soft_wrap=True)
