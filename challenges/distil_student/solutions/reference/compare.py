"""What the teacher was worth: `python -m challenges.distil_student.solutions.reference.compare --taught … --alone …`.

Takes students that train.py made, as many with the teacher as without, in the same order of seeds, and compares them on
the validation images. ± is one standard error: over images within a pair; for the mean, over seeds and over images.
"""

import argparse
from pathlib import Path

import numpy as np

from challenges.datasets import fashion_mnist
from challenges.seeds import answers


def standard_error(values: np.ndarray) -> float:
    """Of their mean."""
    return float(values.std(ddof=1) / len(values) ** 0.5)


def main() -> None:
    """A line for each pair, and one for their mean; differences in points, taught minus alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taught", type=Path, nargs="+", required=True)
    parser.add_argument("--alone", type=Path, nargs="+", required=True)
    given = parser.parse_args()
    held_back = fashion_mnist.validation()
    taught, alone = (
        100.0 * np.array([answers(path, held_back.inputs).argmax(1) == held_back.labels for path in paths])
        for paths in (given.taught, given.alone)
    )
    gains = taught - alone  # [pairs, images]
    for with_teacher, without, gain in zip(taught, alone, gains, strict=True):
        print(f"{with_teacher.mean():.2f} {without.mean():.2f} {gain.mean():+.2f} ± {standard_error(gain):.2f}")
    print(f"mean {taught.mean():.2f} {alone.mean():.2f} {gains.mean():+.2f}")
    print(f"± {standard_error(gains.mean(1)):.2f} over seeds, ± {standard_error(gains.mean(0)):.2f} over images")


if __name__ == "__main__":
    main()
