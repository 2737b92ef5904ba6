"""Every challenge there is: a folder with a challenge.toml is one, nothing needs to be registered."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from challenges.datasets import dataset
from challenges.datasets.base import Dataset
from challenges.home import split_secret
from challenges.kernels.spec import KernelSpec, read_kernel_spec
from challenges.lab import lab
from challenges.spec import ChallengeSpec, Spec, read_spec
from grader.challenge import Challenge, EvaluationSet, Split
from grader.devices.lab import Lab
from grader.errors import ChallengeBroken

FOLDER = Path(__file__).parent
KERNEL = re.compile(r'^kind = "kernel"$', re.MULTILINE)
CALIBRATION_ITEMS = 256  # where the grader does not quantize, they only tell how sensitive the layers are


@cache
def everything() -> Mapping[str, Spec]:
    """All challenges by id, in alphabetical order. Raises ChallengeBroken for the first broken folder."""
    return {path.parent.name: _read(path) for path in sorted(FOLDER.glob("*/challenge.toml"))}


def _read(path: Path) -> Spec:
    """One challenge, of whatever kind its file says."""
    is_kernel = KERNEL.search(path.read_text("utf-8")) is not None
    return read_kernel_spec(path.parent) if is_kernel else read_spec(path.parent)


def catalogue() -> Mapping[str, ChallengeSpec]:
    """Those for models."""
    return {name: spec for name, spec in everything().items() if isinstance(spec, ChallengeSpec)}


def kernels() -> Mapping[str, KernelSpec]:
    """Those for kernels."""
    return {name: spec for name, spec in everything().items() if isinstance(spec, KernelSpec)}


def find(challenge_id: str) -> ChallengeSpec:
    """One challenge for models. Raises ChallengeBroken if there is none of that id."""
    try:
        return catalogue()[challenge_id]
    except KeyError:
        raise ChallengeBroken("challenge_unknown", challenge=challenge_id, known=", ".join(catalogue())) from None


def find_any(challenge_id: str) -> Spec:
    """One challenge of any kind. Raises ChallengeBroken if there is none of that id."""
    try:
        return everything()[challenge_id]
    except KeyError:
        raise ChallengeBroken("challenge_unknown", challenge=challenge_id, known=", ".join(everything())) from None


def load(spec: ChallengeSpec, split: Split) -> Challenge:
    """What the grader needs, with the items of one split. Raises ChallengeBroken if the data set is not there.

    Entries are judged on "public" or "hidden"; "validation" is where the figures of a challenge are derived.
    """
    data = dataset(spec.dataset)
    return Challenge(
        id=spec.id,
        version=spec.version,
        rules=spec.rules,
        targets=spec.targets,
        reference=spec.baseline_path.read_bytes(),
        evaluation=_evaluation(data, split),
        calibration=data.calibration(spec.recipe.calibration_items if spec.recipe else CALIBRATION_ITEMS),
        recipe=spec.recipe,
        metric=spec.metric,
        references=spec.references(),
        lab=_lab(),
    )


def _lab() -> Lab | None:
    here = lab()
    return here if here.is_whole else None


def _evaluation(data: Dataset, split: Split) -> EvaluationSet:
    if split == "validation":
        held_back = data.validation()
        return EvaluationSet(split, held_back.inputs, held_back.labels)
    return data.evaluation(split, split_secret())
