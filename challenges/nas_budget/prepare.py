"""baseline.onnx is int8_fashion's: `python -m challenges.nas_budget.prepare` builds it, ten minutes on one core.

`--seed N` trains another one.
"""

import argparse
import dataclasses
from pathlib import Path

from challenges.int8_fashion.prepare import SCHEDULE, build

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("baseline.onnx"))
    parser.add_argument("--seed", type=int, default=SCHEDULE.seed)
    chosen = parser.parse_args()
    build(chosen.path, dataclasses.replace(SCHEDULE, seed=chosen.seed))
