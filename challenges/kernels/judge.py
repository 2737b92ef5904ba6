"""One kernel against its challenge. The same secret that chooses hidden items of models draws the hidden calls."""

import hashlib
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from challenges.home import home, split_secret, write_private
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from grader.challenge import Split
from grader.devices.kernels import Case
from grader.entry import Entry
from grader.kernels import grading
from grader.kernels.challenge import KernelBaseline, KernelCase, KernelChallenge
from grader.report import Report
from grader.sandbox.base import Sandbox
from grader.stages import Progress, silent


def judge_kernel(spec: KernelSpec, entry: Entry, split: Split, sandbox: Sandbox, progress: Progress = silent) -> Report:
    """Grade a kernel. Raises GraderError only when we failed, not the candidate."""
    challenge = load_kernel(spec, split)
    challenge.lab.require()
    return grading.grade(entry, challenge, kernel_baseline(challenge, sandbox), sandbox, progress)


def load_kernel(spec: KernelSpec, split: Split) -> KernelChallenge:
    """What the grader needs, with the calls of one split."""
    cases: Any = import_module(f"challenges.kernels.{spec.cases}")
    draw = np.random.default_rng(_seed(spec, split))
    return KernelChallenge(
        id=spec.id,
        version=spec.version,
        split=split,
        max_bytes=spec.max_bytes,
        kind=spec.kind,
        targets=spec.targets,
        scored=_cases(cases.scored(draw), cases.macs),
        checked=_cases(cases.checked(draw), cases.macs),
        lab=lab(),
    )


def kernel_baseline(challenge: KernelChallenge, sandbox: Sandbox) -> KernelBaseline:
    """What the reference costs: the same for every entry, so it is counted once and kept."""
    kept = kept_kernel_baseline(challenge)
    if kept is None:
        kept = grading.measure_baseline(challenge, sandbox)
        write_private(_path(challenge), msgspec.json.encode(kept))
    return kept


def kept_kernel_baseline(challenge: KernelChallenge) -> KernelBaseline | None:
    """The same without counting: None where nobody has done so yet."""
    try:
        return msgspec.json.decode(_path(challenge).read_bytes(), type=KernelBaseline)
    except (OSError, msgspec.MsgspecError):
        return None


def _seed(spec: KernelSpec, split: Split) -> int:
    """Public calls are the same everywhere; hidden ones are drawn by the secret that chooses hidden items of models."""
    secret = split_secret() if split == "hidden" else split.encode()
    return int.from_bytes(hashlib.sha256(spec.id.encode() + b"\0" + secret).digest()[:8], "big")


def _cases(drawn: Sequence[Any], macs: Callable[[tuple[int, ...]], int]) -> tuple[KernelCase, ...]:
    return tuple(
        KernelCase(Case(one.sizes, one.data, len(one.expected)), one.expected, macs(one.sizes)) for one in drawn
    )


def _path(challenge: KernelChallenge) -> Path:
    return home() / "baselines" / f"{_key(challenge)}.json"


def _key(challenge: KernelChallenge) -> str:
    """Everything that the counts depend on."""
    calls = [case.case for case in challenge.scored]
    facts = (
        challenge.kind.reference,
        *challenge.kind.interface.parts,
        *(part for call in calls for part in (repr(call.sizes).encode(), call.data)),
        repr([target.device for target in challenge.targets]).encode(),
        repr(sorted({**challenge.lab.versions, **challenge.lab.tools}.items())).encode(),
        challenge.lab.counter.read_bytes(),
    )
    return hashlib.sha256(b"".join(hashlib.sha256(fact).digest() for fact in facts)).hexdigest()[:32]
