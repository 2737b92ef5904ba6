"""Rebuild baseline.onnx: `python -m challenges.resnet50_locked.prepare`, about an hour on one core.

It is the slim ResNet-50 of the challenge resnet50_tenfold, the very same file.
"""

from pathlib import Path

from challenges.resnet50_tenfold.prepare import main

if __name__ == "__main__":
    main(Path(__file__).with_name("baseline.onnx"), __doc__)
