"""Rebuild entry.tflite: `python -m challenges.keyword_spotting.solutions.litert.make`, about half a minute.

Needs torch and litert-torch, which no other solution does; that is why the file is kept.
"""

from pathlib import Path

import onnx
import torch

from challenges.conversion import OnnxModule, write_tflite
from challenges.keyword_spotting.prepare import ITEM

HERE = Path(__file__).parent
STUDENT = HERE.parent / "reference" / "student.onnx"

if __name__ == "__main__":
    write_tflite(OnnxModule(onnx.load(STUDENT)).eval(), torch.zeros(1, *ITEM), HERE / "entry.tflite")
