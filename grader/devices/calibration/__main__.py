"""`python -m grader.devices.calibration`: how the cost coefficients were fitted, and how far off the estimates are."""

import argparse
import sys
from pathlib import Path

from grader.devices.calibration.measure import measure
from grader.devices.calibration.points import STORED, Measured, published
from grader.devices.calibration.report import report


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m grader.devices.calibration", description=__doc__)
    parser.add_argument(
        "--measure", type=Path, metavar="FOLDER", help="emulate anew; takes hours, goes on where it was stopped"
    )
    parser.add_argument("--devices", nargs="+", choices=list(published()), default=list(published()))
    parser.add_argument("--networks", nargs="+", default=[], help="measure these only")
    return parser.parse_args()


def main() -> None:
    """Print the report on the counts that are stored, or on new ones."""
    options = arguments()
    if options.measure:
        measured = measure(options.measure, options.devices, options.networks, _tell)
    else:
        measured = Measured.read(STORED)
    print(report(measured, options.devices))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
