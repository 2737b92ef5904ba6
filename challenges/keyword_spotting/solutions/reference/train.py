"""Train the student: `python -m challenges.keyword_spotting.solutions.reference.train`, some minutes on one core.

A quarter of the baseline's parameters, more epochs, the labels alone. What is kept is float32; solve.py quantizes it.
`--teacher` makes it learn from the baseline's answers as well, which the editorial compares.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime

from challenges.datasets import spoken_words
from challenges.keyword_spotting.prepare import ITEM, SCHEDULE, KeywordNet, augment
from challenges.training import Teacher, accuracy, export, single_threaded, train
from grader.challenge import Items

HERE = Path(__file__).parent
EPOCHS = 12


def answers(model: Path, inputs: Items) -> np.ndarray:
    """The logits of a model for every item: float32 [items, 12]."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"input": part})[0] for part in np.array_split(inputs, 40)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=HERE / "student.onnx")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--stem", type=int, default=32)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--teacher", type=Path, help="a model whose answers to learn from, besides the labels")
    chosen = parser.parse_args()
    data = spoken_words.training()
    single_threaded(chosen.seed)
    student = KeywordNet(chosen.stem, chosen.width, chosen.pairs)
    teacher = None if chosen.teacher is None else Teacher(logits=answers(chosen.teacher, data.inputs))
    train(student, data, replace(SCHEDULE, epochs=EPOCHS, seed=chosen.seed), teacher, augment)
    print(f"validation accuracy {accuracy(student, spoken_words.validation()):.4f}")
    export(student, chosen.path, ITEM)
