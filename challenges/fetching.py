"""Getting a data set with a bar on the terminal that shows how far it is."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from challenges.datasets import dataset


def fetch_dataset(name: str) -> None:
    """Download or generate a data set that is not here, with a bar for each file or set. Raises ChallengeBroken."""
    data = dataset(name)
    if data.is_present():
        return
    with bars() as shown:
        tasks: dict[str, TaskID] = {}

        def arrived(what: str, fraction: float) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=1.0)
            shown.update(tasks[what], completed=fraction)

        data.fetch(arrived)


def bars() -> Progress:
    """Bars on the error stream that vanish when they are full."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    )
