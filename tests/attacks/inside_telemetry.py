"""Does ONNX Runtime phone home? Run a model where files could be written, and list what was."""

import os
import time
from pathlib import Path

from grader.sandbox.child import Call


def run_and_list_home(call: Call) -> None:
    """Answer the files in the home directory after a model has run. Imports the runtime late, after the switch."""
    if call.arguments["telemetry"]:
        del os.environ["ORT_DISABLE_TELEMETRY"]
    import onnxruntime

    session = onnxruntime.InferenceSession(call.file("model"), providers=["CPUExecutionProvider"])
    session.run(None, dict(call.tensors))
    time.sleep(1.0)  # the telemetry thread opens its database within 0.3 s
    call.answer({"files": [str(path) for path in Path.home().rglob("*") if path.is_file()]})
