"""Compare entry.onnx with baseline.onnx: accuracy, size and latency, as the grader does but on validation items."""

from comparing import show_answers, show_costs, validation


def main() -> None:
    """Print one line per target."""
    inputs, labels = validation()
    show_answers(inputs, labels)
    show_costs(inputs)


if __name__ == "__main__":
    main()
