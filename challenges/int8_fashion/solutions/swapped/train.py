"""Rebuild half_width.onnx, a ResNet-8 of half the width: `python challenges/int8_fashion/solutions/swapped/train.py`.

About a minute on one core. The file is kept because the other solutions are built without torch.
"""

from pathlib import Path

from challenges.int8_fashion.prepare import build
from challenges.training import Schedule

if __name__ == "__main__":
    build(Path(__file__).with_name("half_width.onnx"), Schedule(epochs=5, seed=7), width=16)
