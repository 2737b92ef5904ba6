"""The starter kit of a challenge: what a candidate needs to hand in a first valid entry within minutes."""

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from challenges.datasets import dataset
from challenges.judge import model_spec
from challenges.kernels.kit import kernel_kit
from challenges.kernels.spec import KernelSpec
from challenges.machine import MachineClass
from challenges.spec import ChallengeSpec, Spec
from grader.challenge import PtqRecipe, Target

CALIBRATION_ITEMS = 256
VALIDATION_ITEMS = 2_000
KIT = Path(__file__).parent / "kit"  # what every kit holds that does not bring its own file of that name
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip can hold: the same kit is the same bytes on every day


def write_starter(spec: Spec, folder: Path, language: str) -> tuple[str, ...]:
    """Write the kit into `folder`, which is made if need be, and give the names of the files.

    Raises FileExistsError rather than overwrite somebody's work.
    """
    files = starter_files(spec, language)
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        if (folder / name).exists():
            raise FileExistsError(name)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return tuple(files)


def starter_zip(spec: Spec, language: str) -> bytes:
    """The kit as one archive with everything inside a folder of the challenge's name."""
    return _zip({f"{spec.id}/{name}": content for name, content in starter_files(spec, language).items()})


def starter_files(spec: Spec, language: str) -> Mapping[str, bytes]:
    """Every file of the kit by name. Raises ChallengeBroken if the data set is not there."""
    readme = (spec.folder / "starter" / f"README.{language}.md").read_text("utf-8")
    return {
        "README.md": readme.format_map(spec.figures()).encode(),
        "brief.md": spec.brief(language).encode(),
        **(kernel_kit(spec) if isinstance(spec, KernelSpec) else _model_kit(model_spec(spec))),
    }


def _model_kit(spec: ChallengeSpec) -> Mapping[str, bytes]:
    return {
        **{path.name: path.read_bytes() for path in _besides_readme(spec)},
        "baseline.onnx": spec.baseline_path.read_bytes(),
        "challenge.json": msgspec.json.format(msgspec.json.encode(_facts(spec))),
        "calibration.npz": _samples(spec.dataset),
    }


def _besides_readme(spec: ChallengeSpec) -> list[Path]:
    """Scripts of every kit, those that this one asks for and its own; arrays and notices that go with its data."""
    found = [path for folder in (KIT, spec.folder / "starter") for path in sorted(folder.iterdir())]
    found += [KIT / "extra" / name for name in spec.starter.extra]
    return [path for path in found if path.suffix in (".py", ".npz", ".txt")]


class TargetFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One target for the kit's scripts; a measured latency has a par for each class of machine.

    device: on which latency is estimated, by its title; "" where it is measured.
    """

    par: float | dict[MachineClass, float]
    weight: float
    device: str = ""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """challenge.json: the figures that the kit's scripts need, so that none of them is typed twice."""

    id: str
    version: int
    max_drop: float
    targets: Mapping[str, TargetFacts]
    recipe: PtqRecipe | None = None
    max_latency: float | None = None


def _facts(spec: ChallengeSpec) -> Facts:
    given = {
        name: _latency(spec, target) if name == "latency" else TargetFacts(target.par, target.weight)
        for name, target in spec.given_targets().items()
    }
    return Facts(spec.id, spec.version, spec.targets.max_drop, given, spec.recipe, spec.rules.max_latency)


def _latency(spec: ChallengeSpec, target: Target) -> TargetFacts:
    if spec.device:
        return TargetFacts(target.par, target.weight, spec.device.title)
    return TargetFacts(dict(spec.latency_pars), target.weight)


@cache  # packing takes seconds, and the site gives the kit to whoever asks
def _samples(name: str) -> bytes:
    """An .npz archive: images to calibrate with, and labelled ones to check accuracy; none is from the test file."""
    data = dataset(name)
    validation = data.validation().first(VALIDATION_ITEMS)
    arrays: dict[str, npt.NDArray[Any]] = {
        "calibration": data.calibration(CALIBRATION_ITEMS),
        "validation_inputs": validation.inputs,
        "validation_labels": validation.labels,
    }
    return _zip({f"{array}.npy": _npy(values) for array, values in arrays.items()})


def _npy(values: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """An archive that depends on nothing but its content. What is packed inside already is not packed again."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".npz") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
