"""Fetching one file over the web, continued where it was cut off."""

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

CHUNK_BYTES = 1 << 18
PATIENCE_S = 30


def download(address: str, part: Path, progress: Callable[[float], None]) -> None:
    """Append to `part` what is still missing of it. Raises OSError (URLError is one)."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"})  # noqa: S310 - SOURCES are ours
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE_S)  # noqa: S310
    except urllib.error.HTTPError as refusal:
        if refusal.code == 416:  # nothing is missing
            return
        raise
    with answer, part.open("ab" if answer.status == 206 else "wb") as file:
        total = file.tell() + int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(CHUNK_BYTES):
            file.write(chunk)
            progress(file.tell() / total if total else 0.0)
