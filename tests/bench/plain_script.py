"""The floor: what anybody would write to measure a model, without a sandbox and without checks."""

import sys
import time

import numpy as np
import onnxruntime as ort


def session(path: str) -> ort.InferenceSession:
    """A session on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def answer(model: str, inputs: str) -> None:
    """Run the whole split once."""
    net, items = session(model), np.load(inputs)
    name = net.get_inputs()[0].name
    for at in range(0, len(items), 64):
        net.run(None, {name: items[at : at + 64]})


def timing(model: str, reference: str, inputs: str, budget_s: float, count: int) -> None:
    """Time both models in turns for the same budget."""
    nets, items = (session(reference), session(model)), np.load(inputs, mmap_mode="r")[:count].copy()
    names = [net.get_inputs()[0].name for net in nets]
    end, at = time.perf_counter() + budget_s, 0
    while time.perf_counter() < end:
        for net, name in zip(nets, names, strict=True):
            begun = time.thread_time_ns()
            net.run(None, {name: items[at % count : at % count + 1]})
            time.thread_time_ns() - begun
            at += 1


if __name__ == "__main__":
    job, model, reference, inputs, *rest = sys.argv[1:]
    if job == "answer":
        answer(model, inputs)
    else:
        timing(model, reference, inputs, float(rest[0]), int(rest[1]))
