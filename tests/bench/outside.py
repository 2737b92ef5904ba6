"""Run the steady-state loop without a sandbox, in a fresh process: `outside.py MODEL.onnx BUDGET_S PATH...`."""

import json
import sys
from pathlib import Path

sys.path += sys.argv[3:]

import numpy as np
from inside_bench import steady_state

from grader.sandbox.child import Call


def main(model: Path, budget_s: float) -> None:
    """Print the loop's answer. Input and settings are those of the job inside."""
    content = model.read_bytes()
    image = np.zeros((1, 48, 32, 32), dtype=np.float32)
    inputs, outputs = memoryview(image.tobytes() + content), bytearray(1 << 20)
    config = {
        "arguments": {"budget_s": budget_s},
        "files": {"model": (image.nbytes, len(content))},
        "tensors": {"x": {"dtype": "<f4", "shape": image.shape, "offset": 0}},
        "outputs": {},
        "fresh": {},
        "reply": 0,
        "blob": 0,
        "blob_bytes": 0,
    }
    said: list[int] = []
    steady_state(Call(config, inputs, outputs, b"", lambda message: said.append(message["size_bytes"])))
    print(json.dumps(json.loads(outputs[: said[0]])))


main(Path(sys.argv[1]), float(sys.argv[2]))
