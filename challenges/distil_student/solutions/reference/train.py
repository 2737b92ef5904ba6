"""Rebuild student.onnx: `python -m challenges.distil_student.solutions.reference.train`, five minutes on one core.

With `--alone PATH` the same student learns from the labels only: the control of the experiment.
"""

import argparse
from pathlib import Path

from challenges.distil_student.prepare import teacher, write_student
from challenges.training import Schedule

WIDTH = 12  # 44,014 parameters

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("student.onnx"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--alone", action="store_true", help="without the teacher")
    chosen = parser.parse_args()
    schedule = Schedule(epochs=chosen.epochs, seed=chosen.seed)
    write_student(chosen.path, WIDTH, schedule, None if chosen.alone else teacher())
