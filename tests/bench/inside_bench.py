"""The loop that `sandbox_bench` times inside the sandbox and outside it, word for word the same."""

import time

import onnxruntime as ort

from grader.sandbox.child import Call

WARM_UP_RUNS = 20


def steady_state(call: Call) -> None:
    """Run the model for `budget_s`, answer the thread CPU time of every run in ns."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(call.file("model"), settings, providers=["CPUExecutionProvider"])
    feeds = dict(call.tensors)
    for _ in range(WARM_UP_RUNS):
        session.run(None, feeds)
    runs_ns = []
    end = time.perf_counter() + call.arguments["budget_s"]
    while time.perf_counter() < end:
        started = time.thread_time_ns()
        session.run(None, feeds)
        runs_ns.append(time.thread_time_ns() - started)
    call.answer({"runs_ns": runs_ns})
