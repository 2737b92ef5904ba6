"""Compare entry.onnx with baseline.onnx: accuracy, size and latency, as the grader does but on validation glosses."""

from pathlib import Path

import onnx
from comparing import ENTRY, show_answers, show_costs, validation

LARGEST = 5  # tensors to list


def main() -> None:
    """Print one line per target, then where the bytes are."""
    glosses, labels = validation()
    show_answers(glosses, labels)
    show_costs(glosses)
    show_bytes(ENTRY)


def show_bytes(model: Path) -> None:
    """Print the largest tensors, the largest first."""
    tensors = sorted(onnx.load(model).graph.initializer, key=onnx.TensorProto.ByteSize, reverse=True)
    for tensor in tensors[:LARGEST]:
        print(f"          {tensor.ByteSize():>9,} bytes  {tensor.name} {list(tensor.dims)}")


if __name__ == "__main__":
    main()
