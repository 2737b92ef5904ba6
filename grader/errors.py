"""Every failure that we expect, with whose fault it is.

GraderError                 ours: the page says so, the attempt is not charged
├── SandboxUnavailable      this machine cannot cage a model, so nothing uploaded is run
├── ChallengeBroken         the challenge's own files are wrong or missing
└── EntryRejected           the candidate's entry: what was wrong and what to do

An error carries a code and figures, never a sentence: sentences live in `grader/wording/`, once per language.
"""

from collections.abc import Mapping
from typing import ClassVar

Params = Mapping[str, str | int | float]


class GraderError(Exception):
    """Base of every expected failure. `code` names the sentence in `grader.wording`; `params` fill its gaps."""

    blame: ClassVar[str] = "grader"

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: Params = params


class SandboxUnavailable(GraderError):
    """No sandbox can be built here, so an untrusted model must not run."""


class ChallengeBroken(GraderError):
    """A challenge folder is incomplete or contradicts itself."""

    blame = "challenge"


class EntryRejected(GraderError):
    """The entry cannot be graded, for a reason that the candidate can mend."""

    blame = "candidate"
