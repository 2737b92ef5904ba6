"""Does ONNX Runtime phone home? Run a model where files could be written, and list what was."""

import os
import time
from pathlib import Path

from grader.sandbox.child import Call


def run_and_list_home(call: Call) -> None:
    """Answer the files that came into the home directory while a model ran. Imports the runtime after the switch."""
    before = files_at_home()
    if call.arguments["telemetry"]:
        del os.environ["ORT_DISABLE_TELEMETRY"]
    import onnxruntime

    session = onnxruntime.InferenceSession(call.file("model"), providers=["CPUExecutionProvider"])
    session.run(None, dict(call.tensors))
    time.sleep(1.0)  # the telemetry thread opens its database within 0.3 s
    call.answer({"files": sorted(files_at_home() - before)})


def files_at_home() -> set[str]:
    """Every file below the home directory, but not on read-only mounts: Karui itself, where it was cloned there."""
    found = set()
    for folder, folders, files in os.walk(Path.home()):
        folders[:] = [name for name in folders if os.access(Path(folder, name), os.W_OK)]
        found |= {str(Path(folder, name)) for name in files}
    return found
