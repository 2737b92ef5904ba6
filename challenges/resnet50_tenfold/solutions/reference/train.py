"""Rebuild student.onnx: `python -m challenges.resnet50_tenfold.solutions.reference.train`, eleven minutes on one core.

A ResNet-8 with 16 channels in its first block learns from the teacher's answers that distil_student keeps.
"""

import argparse
from pathlib import Path

from challenges.distil_student.prepare import teacher, write_student
from challenges.training import Schedule

WIDTH = 16

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("student.onnx"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=24)
    chosen = parser.parse_args()
    write_student(chosen.path, WIDTH, Schedule(epochs=chosen.epochs, seed=chosen.seed), teacher())
