"""The job that `probe` starts inside: it tries to get out."""

import os
import socket
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
