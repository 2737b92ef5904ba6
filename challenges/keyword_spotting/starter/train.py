"""Train a smaller network on the labels alone and write student.onnx. Needs torch, Karui and espeak-ng.

Some minutes on a laptop, once the data set is there (karui fetch). Choose the widths, train it longer, and let the
baseline teach it: challenges.training.Teacher takes the logits of a larger network.
"""

from dataclasses import replace
from pathlib import Path

from challenges.datasets import spoken_words
from challenges.keyword_spotting.prepare import ITEM, SCHEDULE, KeywordNet, augment
from challenges.training import accuracy, export, single_threaded, train

HERE = Path(__file__).parent
STEM, WIDTH, PAIRS = 16, 32, 3
EPOCHS = 4

if __name__ == "__main__":
    single_threaded(seed=1)
    student = KeywordNet(STEM, WIDTH, PAIRS)
    train(student, spoken_words.training(), replace(SCHEDULE, epochs=EPOCHS), augment=augment)
    print(f"validation accuracy {accuracy(student, spoken_words.validation()):.4f}")
    export(student, HERE / "student.onnx", ITEM)
    print("wrote student.onnx; quantize it, or hand it in as it is, and measure")
