"""Rebuild baseline.onnx: `python -m challenges.prune_fashion.prepare`, about ten minutes on one core.

It is the ResNet-8 of the challenge int8_fashion, the very same file.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from challenges.int8_fashion.prepare import SCHEDULE, build

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("baseline.onnx"))
    parser.add_argument(
        "--seed", type=int, default=SCHEDULE.seed, help="another one shows how far luck moves the figures"
    )
    chosen = parser.parse_args()
    build(chosen.path, replace(SCHEDULE, seed=chosen.seed))
