"""Every challenge there is: a folder with a challenge.toml is one, nothing needs to be registered."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from challenges.datasets import dataset
from challenges.home import split_secret
from challenges.spec import ChallengeSpec, read_spec
from grader.challenge import Challenge
from grader.errors import ChallengeBroken

FOLDER = Path(__file__).parent
CALIBRATION_ITEMS = 256  # where the grader does not quantize, nobody uses them


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


def load(spec: ChallengeSpec, split: Literal["public", "hidden"]) -> Challenge:
    """What the grader needs, with the items of one split. Raises ChallengeBroken if the data set is not there."""
    data = dataset(spec.dataset)
    return Challenge(
        id=spec.id,
        version=spec.version,
        rules=spec.rules,
        targets=spec.targets,
        reference=spec.baseline_path.read_bytes(),
        evaluation=data.evaluation(split, split_secret()),
        calibration=data.calibration(spec.recipe.calibration_items if spec.recipe else CALIBRATION_ITEMS),
        recipe=spec.recipe,
        references=spec.references(),
    )
