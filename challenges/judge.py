"""One entry against one challenge: what the site and the command both call."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np

import grader
from challenges.home import home, write_private
from challenges.kernels.judge import judge_kernel
from challenges.kernels.spec import KernelSpec
from challenges.registry import load
from challenges.spec import ChallengeSpec, Spec
from grader import pipeline
from grader.challenge import Baseline, Challenge, Split
from grader.entry import Entry
from grader.evaluation import Evaluated
from grader.ladder import Climbing, LadderReport, climb
from grader.ladder import silent as no_rung
from grader.parity import Comparing, ParityReport, compare
from grader.parity import silent as no_entry
from grader.report import DeviceCost, LayerSensitivity, Report
from grader.sandbox.base import Sandbox
from grader.stages import Progress, silent


def judge(
    spec: Spec,
    entry: Entry,
    split: Split,
    sandbox: Sandbox,
    progress: Progress = silent,
) -> Report:
    """Grade `entry` on one split of a challenge. Raises GraderError only when we failed, not the candidate."""
    evaluated = evaluate(spec, entry, split, sandbox, progress)
    if isinstance(evaluated, Report):
        return evaluated
    return pipeline.time(evaluated, load(model_spec(spec), split), sandbox, progress)


def evaluate(
    spec: Spec, entry: Entry, split: Split, sandbox: Sandbox, progress: Progress = silent
) -> Evaluated | Report:
    """The first half of `judge`, which hangs on no clock. A report already if the entry is refused, or a kernel."""
    if isinstance(spec, KernelSpec):
        return judge_kernel(spec, entry, split, sandbox, progress)
    challenge = load(model_spec(spec), split)
    return pipeline.evaluate(entry, challenge, baseline(challenge, sandbox), sandbox, progress)


def time(
    spec: ChallengeSpec, evaluated: Evaluated, split: Split, sandbox: Sandbox, progress: Progress = silent
) -> Report:
    """The second half, on whichever machine: the clock and the score. Raises GraderError only when we failed."""
    return pipeline.time(evaluated, load(spec, split), sandbox, progress)


def model_spec(spec: Spec) -> ChallengeSpec:
    """It, as what it is: a challenge for models. Raises TypeError for another one."""
    if not isinstance(spec, ChallengeSpec):
        raise TypeError(spec.id)
    return spec


def parity(
    spec: ChallengeSpec, entries: Sequence[Entry], sandbox: Sandbox, progress: Comparing = no_entry
) -> ParityReport:
    """Compare entries, of whatever format, on the public split. Raises GraderError only when we failed."""
    challenge = load(spec, "public")
    return compare(entries, challenge, baseline(challenge, sandbox), sandbox, progress)


def ladder(spec: ChallengeSpec, entry: Entry, sandbox: Sandbox, progress: Climbing = no_rung) -> LadderReport:
    """Try a float entry on every rung, on the public items. Raises EntryRejected, and GraderError when we failed."""
    challenge = load(spec, "public")
    return climb(entry, challenge, baseline(challenge, sandbox), sandbox, progress)


def baseline(challenge: Challenge, sandbox: Sandbox) -> Baseline:
    """What the reference measures here: it is the same for every entry, so it is measured once and kept."""
    kept = kept_baseline(challenge)
    if kept is None:
        kept = pipeline.measure_baseline(challenge, sandbox)
        write_private(_path(challenge), _packed(kept))
    return kept


def kept_baseline(challenge: Challenge) -> Baseline | None:
    """The same without measuring: None where nobody has done so yet."""
    return _read(_path(challenge))


def _path(challenge: Challenge) -> Path:
    """Where it is kept: in one place for all challenges that have the same baseline and items."""
    return home() / "baselines" / f"{_key(challenge)}.npz"


def _key(challenge: Challenge) -> str:
    """Everything that the measurement depends on; items enter as a digest, so that no file name gives them away."""
    items = challenge.evaluation
    facts = (
        challenge.reference,
        challenge.calibration.tobytes(),
        items.split.encode(),
        items.inputs.tobytes(),
        items.labels.tobytes(),
        challenge.metric.encode(),
        version("onnxruntime").encode(),
        _grader_fingerprint(),
        repr(sorted(challenge.lab.tools.items()) if challenge.lab else None).encode(),
    )
    return hashlib.sha256(b"".join(hashlib.sha256(fact).digest() for fact in facts)).hexdigest()[:32]


@cache
def _grader_fingerprint() -> bytes:
    """Digest of the grader's own source: a version number would forget the change that nobody numbered."""
    sources = sorted(Path(grader.__path__[0]).rglob("*.py"))
    return hashlib.sha256(b"".join(hashlib.sha256(source.read_bytes()).digest() for source in sources)).digest()


def _packed(measured: Baseline) -> bytes:
    buffer = io.BytesIO()
    np.savez(
        buffer,
        outputs=measured.outputs,
        accuracy=np.float64(measured.accuracy),
        size_bytes=np.int64(measured.size_bytes),
        memory_bytes=np.int64(measured.memory_bytes),
        sensitivity=np.frombuffer(msgspec.json.encode(measured.sensitivity), np.uint8),
        devices=np.frombuffer(msgspec.json.encode(measured.devices), np.uint8),
    )
    return buffer.getvalue()


def _read(path: Path) -> Baseline | None:
    """A kept measurement; None where there is none, or none that can be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Baseline(
                outputs=arrays["outputs"],
                accuracy=float(arrays["accuracy"]),
                size_bytes=int(arrays["size_bytes"]),
                memory_bytes=int(arrays["memory_bytes"]),
                sensitivity=msgspec.json.decode(arrays["sensitivity"].tobytes(), type=tuple[LayerSensitivity, ...]),
                devices=msgspec.json.decode(arrays["devices"].tobytes(), type=dict[str, DeviceCost]),
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, msgspec.MsgspecError):
        return None
