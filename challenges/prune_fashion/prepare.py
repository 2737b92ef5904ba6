"""Rebuild baseline.onnx: `python -m challenges.prune_fashion.prepare`, about ten minutes on one core.

It is the ResNet-8 of the challenge int8_fashion, the very same file.
"""

from challenges.int8_fashion.prepare import SCHEDULE, build
from challenges.training import chosen

if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
