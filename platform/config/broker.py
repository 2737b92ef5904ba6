"""The embedded queue: kombu's queue of files, with the two races closed that stopped a worker in our tests.

kombu opens a message under its final name before it writes it, so a worker that looks in between reads nothing and dies
of it ("Unrecoverable error: JSONDecodeError"). The table of queues is made the same way.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep all other processes out of a folder's tables. A process that dies lets go."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Channel(filesystem.Channel):  # type: ignore[misc]  # kombu has no types
    """Whole messages, whole tables."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns() // 1_000_000}_{uuid4()}.{queue}.msg"
        draft = folder / f"{name}.draft"  # kombu looks for names that end in the queue's
        draft.write_text(dumps(payload), encoding="utf-8")
        draft.rename(folder / name)

    def _queue_bind(self, *binding: Any) -> None:
        with alone(self.control_folder):
            super()._queue_bind(*binding)

    def get_table(self, exchange: str) -> Any:
        """The queues of an exchange."""
        with alone(self.control_folder):
            return super().get_table(exchange)


class Transport(filesystem.Transport):  # type: ignore[misc]
    """For `broker_transport`."""

    Channel = Channel
