"""The ways to store the student that the editorial compares: `python -m challenges.keyword_spotting.trials`, a minute.

Size and activations are counted as the grader counts them; the latency is the least CPU time of an inference over that
of the baseline, all of them timed in turns in one process.
"""

import runpy
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions
from onnxruntime.quantization import QuantFormat

from challenges.datasets import spoken_words
from challenges.ptq import static_int8
from grader.challenge import Float32
from grader.quantization.inspection import inspect, parse

HERE = Path(__file__).parent
ROUNDS, RUNS = 40, 15
DYNAMIC: Callable[..., bytes] = runpy.run_path(str(HERE / "solutions" / "dynamic" / "solve.py"))["solve"]


def weights_only(model: bytes) -> bytes:
    """Weights in int8, one scale per output channel, expanded by a DequantizeLinear in front of each layer."""
    proto = onnx.load_model_from_string(model)
    graph, nodes = proto.graph, []
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            name = node.input[1]
            weight = numpy_helper.to_array(stored[name])
            scale = np.abs(weight).reshape(len(weight), -1).max(1) / np.float32(127)
            whole = np.rint(weight / scale.reshape(-1, *[1] * (weight.ndim - 1))).astype(np.int8)
            graph.initializer.remove(stored[name])
            added = (numpy_helper.from_array(whole, f"{name}_q"), numpy_helper.from_array(scale, f"{name}_s"))
            graph.initializer.extend(added)
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}_q", f"{name}_s"], [name], axis=0))
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(proto.SerializeToString())


def session(model: bytes) -> InferenceSession:
    """One thread, no spinning."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])


def least_ns(models: dict[str, bytes], items: Float32) -> dict[str, int]:
    """Least CPU time of one inference for each model."""
    sessions = {name: session(model) for name, model in models.items()}
    times: dict[str, list[int]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, each in sessions.items():
            for at in range(RUNS):
                begun = time.thread_time_ns()
                each.run(None, {"input": items[at : at + 1]})
                times[name].append(time.thread_time_ns() - begun)
    return {name: min(taken) for name, taken in times.items()}


def main() -> None:
    """Print a line for each."""
    baseline = (HERE / "baseline.onnx").read_bytes()
    student = (HERE / "solutions" / "reference" / "student.onnx").read_bytes()
    models = {
        "baseline": baseline,
        "student": student,
        "QDQ": static_int8(student, spoken_words),
        "QOperator": static_int8(student, spoken_words, quant_format=QuantFormat.QOperator),
        "weights only": weights_only(student),
        "dynamic": DYNAMIC(baseline, spoken_words),
    }
    items = spoken_words.validation().first(RUNS).inputs
    taken = least_ns(models, items)
    for name, model in models.items():
        facts = inspect(parse(model), items[:1])
        ratio = taken[name] / taken["baseline"]
        print(f"{name:14}{facts.size_bytes:9,} B {facts.memory_bytes:8,} B of activations, latency {ratio:.3f}")


if __name__ == "__main__":
    main()
