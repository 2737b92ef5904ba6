"""What a board is sent to be timed there. It holds no hidden item, no label and nothing about whose model it is."""

import io
from dataclasses import dataclass, field
from zipfile import BadZipFile

import msgspec
import numpy as np

from grader.challenge import Challenge, EvaluationSet, Items, Rules, Targets
from grader.evaluation import infer
from grader.measure.latency import TIMED_ITEMS, measure
from grader.report import LatencyFacts
from grader.sandbox.base import Sandbox
from grader.stages import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """An ONNX model to be timed beside its challenge's baseline, on public items [items, ...]."""

    challenge: str
    version: int
    rules: Rules
    model: bytes = field(repr=False)
    reference: bytes = field(repr=False)
    inputs: Items = field(repr=False)

    @classmethod
    def of(cls, challenge: Challenge, model: bytes) -> "Errand":
        """challenge: with its public items, of which it takes as many as a timing looks at."""
        return cls(
            challenge=challenge.id,
            version=challenge.version,
            rules=challenge.rules,
            model=model,
            reference=challenge.reference,
            inputs=challenge.evaluation.inputs[:TIMED_ITEMS],
        )

    def run(self, sandbox: Sandbox, progress: Progress = silent) -> LatencyFacts:
        """Time it on this machine. Answers are taken untimed before, so that timed ones can be held against them.

        Raises EntryRejected for what the model does, GraderError where the machine fails.
        """
        challenge = self._as_challenge()
        _, answers = infer(self.model, challenge, sandbox)
        return measure(self.model, answers, challenge, sandbox, progress)

    def to_bytes(self) -> bytes:
        """One .npz file."""
        told = msgspec.json.encode({"challenge": self.challenge, "version": self.version, "rules": self.rules})
        buffer = io.BytesIO()
        np.savez(
            buffer,
            told=np.frombuffer(told, np.uint8),
            model=np.frombuffer(self.model, np.uint8),
            reference=np.frombuffer(self.reference, np.uint8),
            inputs=self.inputs,
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Errand":
        """Read what `to_bytes` wrote. Raises ValueError if it is anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                told = msgspec.json.decode(arrays["told"].tobytes(), type=_Told)
                return cls(
                    challenge=told.challenge,
                    version=told.version,
                    rules=told.rules,
                    model=arrays["model"].tobytes(),
                    reference=arrays["reference"].tobytes(),
                    inputs=arrays["inputs"],
                )
        except (EOFError, KeyError, BadZipFile, msgspec.MsgspecError) as strange:
            raise ValueError(str(strange)) from strange

    def _as_challenge(self) -> Challenge:
        """As far as timing asks for one: nothing is scored on a board."""
        return Challenge(
            id=self.challenge,
            version=self.version,
            rules=self.rules,
            targets=Targets(max_drop=0.0),
            reference=self.reference,
            evaluation=EvaluationSet("public", self.inputs, np.empty(0, np.int64)),
            calibration=self.inputs[:0],
        )


class _Told(msgspec.Struct, frozen=True):
    """What an errand says besides its arrays."""

    challenge: str
    version: int
    rules: Rules
