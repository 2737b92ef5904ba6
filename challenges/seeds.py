"""How far luck moves a baseline: `python -m challenges.seeds ID MODEL.onnx …` prints each one's figure on every split.

The models are our own, made by the challenge's prepare.py with other seeds, so no sandbox is needed.
"""

import argparse
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime as ort
from rich.console import Console
from rich.table import Table

from challenges.registry import find, load
from challenges.spec import ChallengeSpec
from grader.challenge import Items, Split
from grader.errors import GraderError
from grader.measure.metric import metric
from grader.wording import say

BATCH_ITEMS = 250


def answers(model: Path, inputs: Items) -> Items:
    """The model's outputs for all items. inputs: [items, ...] -> [items, ...]."""
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    parts = [inputs[at : at + BATCH_ITEMS] for at in range(0, len(inputs), BATCH_ITEMS)]
    return np.concatenate([session.run(None, {name: part})[0] for part in parts])


def figure(spec: ChallengeSpec, model: Path, split: Split) -> float:
    """What the challenge's metric says of a model on one split, 0 to 1."""
    items = load(spec, split).evaluation
    return metric(spec.metric).value(answers(model, items.inputs), items.labels)


def main(arguments: list[str] | None = None) -> int:
    """Print a table; exit code 1 where the challenge or its data cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m challenges.seeds", description=__doc__)
    parser.add_argument("id", metavar="ID")
    parser.add_argument("models", metavar="MODEL.onnx", nargs="*", type=Path)
    chosen, splits = parser.parse_args(arguments), get_args(Split)
    console = Console()
    try:
        spec = find(chosen.id)
        table = Table("model", *splits, box=None)
        for model in (spec.baseline_path, *chosen.models):
            table.add_row(model.name, *(f"{figure(spec, model, split):.2%}" for split in splits))
    except GraderError as failure:
        sentence = say(failure.code, failure.params, "en")
        console.print(f"[red]{sentence.message}[/] {sentence.hint}")
        return 1
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
