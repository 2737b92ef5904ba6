"""`python -m grader.devices.calibration`: how the cost coefficients were fitted, and how far off the estimates are."""

import argparse
import sys
from pathlib import Path

from grader.devices.calibration.measure import measure
from grader.devices.calibration.points import STORED, Measured, published
from grader.devices.calibration.report import report
from grader.errors import GraderError
from grader.wording import say


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m grader.devices.calibration", description=__doc__)
    parser.add_argument(
        "--measure", type=Path, metavar="FOLDER", help="emulate anew; takes hours, goes on where it was stopped"
    )
    parser.add_argument("--devices", nargs="+", choices=list(published()), default=list(published()))
    parser.add_argument("--networks", nargs="+", default=[], help="measure these only")
    return parser.parse_args()


def main() -> int:
    """Print the report on the counts that are stored, or on new ones. 1 if they cannot be measured here."""
    options = arguments()
    try:
        measured = measured_as(options)
    except GraderError as failure:
        _tell(say(failure.code, failure.params, "en").message)
        return 1
    print(report(measured, options.devices))
    return 0


def measured_as(options: argparse.Namespace) -> Measured:
    """The counts that the command line asks for."""
    if options.measure is None:
        return Measured.read(STORED)
    return measure(options.measure, options.devices, options.networks, _tell)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
