"""A claim as an Open Badge 3.0: every figure a result of its own, with the environment that it was measured in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.models import User
from challenges.credentials.document import digest_name, identity_hash
from challenges.credentials.identity import did_of
from grader.kernels.facts import KernelOnDevice
from grader.report import Report
from portfolio.claims.facts import Factor, KernelFacts, ModelFacts
from portfolio.claims.models import Claim
from portfolio.claims.text import Register, signed
from portfolio.credentials.issuer import CONTEXT, full, list_address
from portfolio.credentials.models import Slot

BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
ISSUER = "Karui"


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What a credential is made of. salt: drawn for it alone."""

    id: UUID
    claim: Claim
    slot: Slot
    salt: str
    issued_at: datetime
    expires_at: datetime


def credential(award: Award, site: str) -> dict[str, Any]:
    """What is signed: the badge, and the claims that a JWT repeats of it."""
    did, address = did_of(site), full(reverse("portfolio:credential", args=[award.id]))
    subject = f"urn:uuid:{award.id}"
    return {
        "@context": [CONTEXT, BADGE_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": titled(award.claim),
        "issuer": {"id": did, "type": ["Profile"], "name": ISSUER, "url": site},
        "validFrom": award.issued_at.isoformat(),
        "validUntil": award.expires_at.isoformat(),
        "credentialSubject": subject_of(award, subject),
        "credentialStatus": status(award.slot),
        "evidence": evidence(award.claim, address),
        "iss": did,
        "jti": address,
        "sub": subject,
        "nbf": int(award.issued_at.timestamp()),
        "exp": int(award.expires_at.timestamp()),
    }


def titled(claim: Claim) -> str:
    """The challenge's name in both languages."""
    return f"{claim.title('en')} / {claim.title('ja')}"


def subject_of(award: Award, subject: str) -> dict[str, Any]:
    """Whose it is, told by the digest of their address if it was verified, and what was measured."""
    claim = award.claim
    page = full(reverse("catalog:challenge", args=[claim.submission.challenge]))
    figures = list(measured(claim.facts, claim.submission.report))
    return {
        "id": subject,
        "type": ["AchievementSubject"],
        "identifier": [identity(address, award.salt) for address in proven_addresses(claim.owner)],
        "achievement": {
            "id": page,
            "type": ["Achievement"],
            "achievementType": "Assessment",
            "name": titled(claim),
            "description": claim.sentence(Register.PROFILE, "en"),
            "criteria": {"id": page, "narrative": criteria(claim)},
            "resultDescription": [
                {"id": f"{page}#{name}", "type": ["ResultDescription"], "name": NAMES[name], "resultType": "Result"}
                for name, _ in figures
            ],
        },
        "result": [
            {"type": ["Result"], "resultDescription": f"{page}#{name}", "value": value} for name, value in figures
        ],
        "narrative": "\n\n".join(claim.sentence(Register.README, language) for language in ("en", "ja")),
    }


def proven_addresses(owner: User) -> Iterable[str]:
    """Those that the owner has shown to be theirs: anybody can sign up with somebody else's."""
    verified = EmailAddress.objects.filter(user=owner, email__iexact=owner.email, verified=True)
    addresses: Iterable[str] = verified.values_list("email", flat=True)
    return addresses


def identity(email: str, salt: str) -> dict[str, Any]:
    """An address, told to nobody who does not know it."""
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": identity_hash(email, salt),
        "identityType": "emailAddress",
        "salt": salt,
    }


def criteria(claim: Claim) -> str:
    """What had to be done."""
    version = claim.submission.version
    hidden = "cases" if claim.submission.report.kernel else "items"
    return (
        f"Pass version {version} of the challenge {claim.submission.challenge}, graded by {ISSUER} on hidden {hidden}."
    )


NAMES: Mapping[str, str] = {
    "verdict": "Verdict",
    "points": "Points, and the formula",
    "size": "Model size against the baseline",
    "size_bytes": "Model size in bytes",
    "estimate": "Latency against the baseline, estimated on a device (not measured)",
    "speed": "CPU time against the baseline, with its 95 % interval",
    "accuracy": "Change in points against the baseline, with its 95 % interval",
    "items": "Hidden items",
    "estimated_cycles": "Cycles against the reference, estimated from instruction counts (not measured)",
    "instructions": "Instructions under emulation, entry / reference",
    "over_floor": "Instructions against the fewest that could do the multiplications",
    "outputs": "Outputs on hidden cases",
    "macs": "Multiply-accumulates that were counted",
    "tools": "Tools",
    "cpu": "CPU",
    "runtime": "Runtime",
    "measured_on": "Measured on",
    "graded_on": "Graded on",
}
"""What the figures are called in a wallet. Our own pages have a Japanese name for each, too."""


def measured(facts: ModelFacts | KernelFacts, report: Report) -> Iterator[tuple[str, str]]:
    """Every figure by its name, rounded against the claimant as claims are."""
    yield "verdict", "gold" if report.gold else str(report.result)
    yield "points", f"{facts.points} ({facts.formula})"
    yield from of_kernel(facts, report) if isinstance(facts, KernelFacts) else of_model(facts, report)


def of_model(facts: ModelFacts, report: Report) -> Iterator[tuple[str, str]]:
    """The figures of a model and of the machine that measured it."""
    assert report.measured  # facts were told from it  # noqa: S101
    change = facts.change
    yield "size", ratio(facts.size)
    yield "size_bytes", f"{report.measured.inspection.size_bytes} / {report.measured.baseline_size_bytes}"
    if facts.estimate:
        yield "estimate", f"{ratio(facts.estimate.factor)} ({facts.estimate.device})"
    yield "speed", ratio(facts.speed) if facts.speed else "×1 (within the noise)"
    yield "accuracy", f"{signed(change.points)} [{signed(change.low)}, {signed(change.high)}] ({change.metric})"
    yield "items", str(change.items)
    yield "cpu", facts.cpu
    yield "runtime", facts.runtime
    yield "measured_on", f"{facts.measured_on:%Y-%m-%d}"


def of_kernel(facts: KernelFacts, report: Report) -> Iterator[tuple[str, str]]:
    """The figures of a kernel, each for all of its devices, and the tools that counted."""
    assert report.kernel  # facts were told from it  # noqa: S101
    gains, on = facts.gains, report.kernel.devices
    yield "estimated_cycles", ", ".join(f"{ratio(gain.factor)} ({gain.core})" for gain in gains)
    yield "instructions", ", ".join(f"{instructions(device)} ({device.core})" for device in on)
    yield "outputs", "all right"
    if not facts.is_operator:
        yield "over_floor", ", ".join(f"×{gain.over_floor} ({gain.core})" for gain in gains)
        yield "macs", str(report.kernel.macs)
    yield "tools", facts.tools
    yield "graded_on", f"{facts.measured_on:%Y-%m-%d}"


def instructions(on: KernelOnDevice) -> str:
    """The kernel's and the reference's."""
    return f"{on.counts.instructions} / {on.scalar.instructions}"


def ratio(factor: Factor) -> str:
    """Less than the baseline as a fraction, more as a multiple."""
    value = f"1/{factor.times}" if factor.is_gain else f"×{factor.times}"
    ends = "" if factor.low is None else f" [{factor.low}, {factor.high}]"
    return value + ends


def status(slot: Slot) -> dict[str, str]:
    """Where it is said whether it was revoked."""
    address = list_address(slot.list)
    return {
        "id": f"{address}#{slot.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(slot.index),
        "statusListCredential": address,
    }


def evidence(claim: Claim, address: str) -> list[dict[str, Any]]:
    """The file that was measured, by its digest, and the report."""
    return [
        {"id": digest_name(claim.submission.sha256), "type": ["Evidence"], "name": "The entry, by its SHA-256"},
        {"id": f"{address}report.json", "type": ["Evidence"], "name": "The report, with raw samples and environment"},
    ]
