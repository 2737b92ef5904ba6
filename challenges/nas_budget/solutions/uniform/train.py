"""The baseline with a quarter of its channels: `python -m challenges.nas_budget.solutions.uniform.train`.

About two minutes on one core. Trained as long as the reference.
"""

from pathlib import Path

from challenges.int8_fashion.prepare import build
from challenges.nas_budget.solutions.reference.train import FINAL

if __name__ == "__main__":
    build(Path(__file__).with_name("entry.onnx"), FINAL, width=8)
