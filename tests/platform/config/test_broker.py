"""The queue of files, while one process writes and another reads as fast as they can."""

from multiprocessing import get_context
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from config.broker import Transport

MESSAGES = 2000


def connect(folder: Path, transport: Any) -> Connection:
    """To the queue that lives in a folder."""
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": folder}
    return Connection("localhost", transport=transport, transport_options=options)


def write(folder: Path, transport: Any) -> None:
    """What the web process does."""
    with connect(folder, transport) as connection, connection.SimpleQueue("q") as queue:
        for number in range(MESSAGES):
            queue.put(number)


def exchange(folder: Path, transport: Any) -> list[int]:
    """Write in one process and read in this one; gives what arrived."""
    writer = get_context("spawn").Process(target=write, args=(folder, transport))
    writer.start()
    arrived: list[int] = []
    with connect(folder, transport) as connection, connection.SimpleQueue("q") as queue:
        while len(arrived) < MESSAGES:
            message = queue.get(timeout=20)
            message.ack()
            arrived.append(message.payload)
    writer.join()
    return arrived


def test_every_message_arrives_whole_and_once(tmp_path: Path) -> None:
    assert sorted(exchange(tmp_path, Transport)) == list(range(MESSAGES))


def test_nobody_sees_a_message_before_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(tmp_path, Transport) as connection, connection.SimpleQueue("q") as queue:
        monkeypatch.setattr(Path, "rename", lambda *_: None)  # the writer is held up before its last step
        queue.put("written, but not yet handed over")

        with pytest.raises(Empty):
            queue.get_nowait()
