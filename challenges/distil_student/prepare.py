"""Rebuild baseline.onnx, the teacher: `python -m challenges.distil_student.prepare`, about an hour on one core.

It is the slim ResNet-50 of the challenge resnet50_tenfold, the very same file. What it answers for the training images,
starter/teacher.npz, is made from it by `python -m challenges.distil_student.teacher` in half a minute.
"""

from challenges.resnet50_tenfold.prepare import SCHEDULE, build
from challenges.training import chosen

if __name__ == "__main__":
    build(*chosen(__doc__, __file__, SCHEDULE))
