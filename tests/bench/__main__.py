"""`./run bench`: every ratio that the design promises, beside its bound. Raw figures stay in KARUI_HOME/bench."""

import sys
from collections.abc import Callable
from pathlib import Path

from challenges.home import home
from tests.bench import boards, gradings, lab, overhead, pages, queue, sandbox_bench

BENCHES: dict[str, Callable[[Path], None]] = {
    "pages": pages.run,
    "boards": boards.run,
    "queue": queue.run,
    "sandbox": sandbox_bench.run,
    "overhead": overhead.run,
    "gradings": gradings.run,
    "devices": lab.run,
}


def main() -> int:
    """Run the named benches, all of them by default."""
    folder = home() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or BENCHES:
        print(f"\n== {name}")
        BENCHES[name](folder / f"{name}.json")
    print(f"\nRaw figures: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
