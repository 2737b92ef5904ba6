"""Compare entry.onnx with baseline.onnx: mAP50, size and latency, as the grader does but on validation scenes."""

from comparing import BASELINE, ENTRY, outputs, show_accuracy, show_costs, validation
from detection import mean_average_precision


def main() -> None:
    """Print one line per target; accuracy is the mean average precision."""
    scenes, labels = validation()
    show_accuracy(*(mean_average_precision(outputs(model, scenes), labels) for model in (BASELINE, ENTRY)))
    show_costs(scenes)


if __name__ == "__main__":
    main()
