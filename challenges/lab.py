"""Where this machine keeps its device lab. `python -m challenges.lab` makes it."""

import sys

from challenges.home import home
from grader.devices.lab import Lab, LabMissing
from grader.wording import LANGUAGES, say


def lab() -> Lab:
    """The lab of this machine, whole or not: `./run devices` makes it."""
    return Lab(home() / "devices")


def main() -> int:
    """0 once the lab is whole; 1, and what is missing in every language, where it cannot be made."""
    from grader.devices.setup import set_up  # only here: whoever grades makes nothing

    try:
        set_up(lab())
    except LabMissing as missing:
        for language in LANGUAGES:
            sentence = say(missing.code, missing.params, language)
            print(sentence.message, sentence.hint, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
