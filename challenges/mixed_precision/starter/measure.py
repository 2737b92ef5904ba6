"""Compare entry.onnx with baseline.onnx: accuracy and size, as the grader does but on validation images.

Weights are expanded before they are used, so all arithmetic is float; the exact one for int8 (`exact` in comparing.py)
would refuse weights that leave their zero points out.
"""

from comparing import show_answers, show_costs, validation


def main() -> None:
    """Print one line per target."""
    images, labels = validation()
    show_answers(images, labels, exact=False)
    show_costs(images)


if __name__ == "__main__":
    main()
