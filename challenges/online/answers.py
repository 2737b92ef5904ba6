"""What the API answers, as far as the commands need it. More may come; it is not looked at."""

from datetime import datetime
from typing import Literal

import msgspec

OPEN = ("queued", "running")


class Problem(msgspec.Struct, frozen=True):
    """The site says no."""

    code: str = ""
    message: str = ""
    hint: str = ""


class Token(msgspec.Struct, frozen=True):
    """The one that was sent."""

    expires_at: datetime


class Me(msgspec.Struct, frozen=True):
    """Who asks."""

    email: str
    token: Token


class Upload(msgspec.Struct, frozen=True):
    """How far a file has come in."""

    received_bytes: int
    is_kept: bool


class Wait(msgspec.Struct, frozen=True):
    """Where somebody stands in the queue; minutes: None where nobody knows."""

    place: int
    minutes: int | None


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One submission as it is now."""

    id: str
    challenge: str
    status: Literal["queued", "running", "graded", "rejected", "failed", "cancelled"]
    stage: str
    stage_fraction: float
    result: str
    gold: bool
    points: float | None
    file_name: str
    queued_at: datetime
    page: str
    wait: Wait | None = None
    failure: Problem | None = None

    @property
    def is_final(self) -> bool:
        """True if nothing more will happen to it."""
        return self.status not in OPEN


class Page(msgspec.Struct, frozen=True):
    """The newest ones."""

    results: list[Submission]


class Lease(msgspec.Struct, frozen=True):
    """A model that a board shall time, for a while that it may renew."""

    id: str
    attempt: int
    challenge: str
    lease_s: float
