"""`manage.py check` reads every scenario and device of the desk."""

from collections.abc import Sequence
from functools import partial

from django.core.checks import CheckMessage

from content.broken import found_by
from interviews.desk.devices import read_devices
from interviews.desk.scenarios import files, read_scenario


def the_desk_is_whole(**_: object) -> Sequence[CheckMessage]:
    """An error for each broken file, naming it and the line; scenarios are read only if the devices are whole."""
    broken = found_by(read_devices, id="interviews.E005")
    return broken or found_by(*(partial(read_scenario, path) for path in files()), id="interviews.E006")
