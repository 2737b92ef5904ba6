"""Every challenge there is: a folder with a challenge.toml is one, nothing needs to be registered."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from challenges.datasets import dataset
from challenges.datasets.base import Dataset
from challenges.home import split_secret
from challenges.spec import ChallengeSpec, read_spec
from grader.challenge import Challenge, EvaluationSet, Split
from grader.errors import ChallengeBroken

FOLDER = Path(__file__).parent
CALIBRATION_ITEMS = 256  # where the grader does not quantize, they only tell how sensitive the layers are


@cache
def catalogue() -> Mapping[str, ChallengeSpec]:
    """All challenges by id, in alphabetical order. Raises ChallengeBroken for the first broken folder."""
    return {path.parent.name: read_spec(path.parent) for path in sorted(FOLDER.glob("*/challenge.toml"))}


def find(challenge_id: str) -> ChallengeSpec:
    """One challenge. Raises ChallengeBroken if there is none of that id."""
    try:
        return catalogue()[challenge_id]
    except KeyError:
        raise ChallengeBroken("challenge_unknown", challenge=challenge_id, known=", ".join(catalogue())) from None


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
    )


def _evaluation(data: Dataset, split: Split) -> EvaluationSet:
    if split == "validation":
        held_back = data.validation()
        return EvaluationSet(split, held_back.inputs, held_back.labels)
    return data.evaluation(split, split_secret())
