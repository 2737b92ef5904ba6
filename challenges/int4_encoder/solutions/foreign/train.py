"""Rebuild entry.onnx: `python -m challenges.int4_encoder.solutions.foreign.train`, one minute on one core.

An encoder a quarter as wide with one layer, trained on the same glosses and stored in 4 bits as the reference is. The
file is kept because the other solutions are built without torch.
"""

import runpy
import tempfile
from pathlib import Path

from challenges.int4_encoder.prepare import build

HERE = Path(__file__).parent
WIDTH, LAYERS, EPOCHS, SEED = 32, 1, 3, 7

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        trained = Path(scratch) / "trained.onnx"
        build(trained, SEED, EPOCHS, WIDTH, LAYERS)
        pack = runpy.run_path(str(HERE.parent / "reference" / "solve.py"))["build"]
        (HERE / "entry.onnx").write_bytes(pack(trained.read_bytes(), words=(WIDTH, 4), products=(WIDTH, 4)))
