"""Rebuild baseline.onnx: `python -m challenges.resnet50_locked.prepare`, about an hour on one core.

It is the slim ResNet-50 of the challenge resnet50_tenfold, the very same file.
"""

from challenges.resnet50_tenfold.prepare import SCHEDULE, build
from challenges.training import chosen

if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
