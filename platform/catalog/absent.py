"""Challenges whose data, or whose device lab, is not on this machine.

The rest of the site works, and their pages say how to get it.
"""

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language

from challenges.datasets import dataset
from challenges.judge import model_spec
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from challenges.spec import Spec
from grader.devices.lab import LabMissing
from grader.errors import ChallengeBroken
from grader.wording import Sentence, say


def absent(spec: Spec) -> Sentence | None:
    """What is missing and how to get it, as the data set or the device lab says it. None where all is here.

    Models need the lab where their latency counts as a device's.
    """
    if isinstance(spec, KernelSpec):
        return absent_lab()
    model = model_spec(spec)
    data = dataset(model.dataset)
    if data.is_present():
        return absent_lab() if model.device else None
    try:
        data.calibration(1)
    except ChallengeBroken as missing:
        return say(missing.code, missing.params, get_language() or "en")
    return None


def absent_lab() -> Sentence | None:
    """What is missing of the device lab, None where it is whole."""
    try:
        lab().require()
    except LabMissing as missing:
        return say(missing.code, missing.params, get_language() or "en")
    return None


def waiting(specs: Iterable[Spec]) -> Mapping[Sentence, list[Spec]]:
    """What is missing, each thing once, with the challenges that wait for it."""
    found: dict[Sentence, list[Spec]] = {}
    for spec in specs:
        if sentence := absent(spec):
            found.setdefault(sentence, []).append(spec)
    return found
