"""`python -m grader.sandbox`: the doctor. What sandbox this machine has, and the command for whatever is missing."""

import os
import sys

from grader import wording
from grader.sandbox.probe import NONE, probe


def main() -> int:
    """Print the diagnosis in the language of the environment; 1 where no sandbox can be built."""
    language = "ja" if os.environ.get("LANG", "").startswith("ja") else "en"
    capability = probe()
    print(f"backend: {capability.backend}")
    print(f"memory limit: {capability.memory}")
    for missing in capability.missing:
        sentence = wording.say(missing.code, missing.params, language)
        print(f"- {sentence.message}\n  {sentence.hint}")
    return 1 if capability.backend == NONE else 0


if __name__ == "__main__":
    sys.exit(main())
