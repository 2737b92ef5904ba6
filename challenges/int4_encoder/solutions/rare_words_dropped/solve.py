"""The products in 4 bits, and of the table only the most frequent words: every other word reads as unknown."""

import runpy
from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from challenges.datasets import wordnet_glosses
from challenges.datasets.base import Dataset

KIT = Path(__file__).parents[2] / "starter" / "quantize.py"
KEPT = 1_200


def solve(baseline: bytes, data: Dataset) -> bytes:
    """Build the entry."""
    kit = runpy.run_path(str(KIT))
    rewriter = kit["Rewriter"](kit["quantize"](onnx.load_model_from_string(baseline)))
    nodes = list(rewriter.model.graph.node)
    at, lookup = next((at, node) for at, node in enumerate(nodes) if node.op_type == "Gather")
    name, numbers = lookup.input
    rewriter.store(name, rewriter.values(name)[:KEPT])
    limits = [rewriter.store("kept", np.int64(KEPT)), rewriter.store("unknown", np.int64(wordnet_glosses.UNKNOWN))]
    nodes[at : at + 1] = [
        helper.make_node("Less", [numbers, limits[0]], ["is_kept"]),
        helper.make_node("Where", ["is_kept", numbers, limits[1]], ["known"]),
        helper.make_node("Gather", [name, "known"], lookup.output),
    ]
    return rewriter.finish(nodes).SerializeToString()
