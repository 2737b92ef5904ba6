"""Tasks of our own that try the cage: what `probe` and the tests start inside."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from grader.sandbox.child import Call


def escape(call: Call) -> None:
    """Try to read `call.arguments["canary"]`, to open a socket and to fork, and answer what came of it.

    Under a working lock none of the three returns; two of them do not even fail, they end the process.
    """
    attempts: dict[str, Callable[[], object]] = {
        "read": lambda: Path(call.arguments["canary"]).read_text(),
        "socket": socket.socket,
        "fork": os.fork,
    }
    attempts[call.arguments["attempt"]]()
    call.answer({"escaped": call.arguments["attempt"]})


def wait(call: Call) -> None:
    """Do nothing until a limit ends it: for tests of what becomes of a job whose grader dies."""
    while True:
        time.sleep(60)


def echo(call: Call) -> None:
    """Answer the arguments, copy every tensor to the output of its name, and return the file "blob" if there is one."""
    for name, tensor in call.tensors.items():
        call.outputs[name][...] = tensor
    call.mark("copied")
    if "blob" in call.arguments:
        call.blob(call.file(call.arguments["blob"]))
    call.answer(call.arguments)
