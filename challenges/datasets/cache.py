"""Data sets that are made on this machine: every part is computed once, kept in KARUI_HOME and read from there.

A part is a bundle of arrays in one .npz file. It takes its name only when it is whole, so whoever is interrupted goes
on with the parts that are still missing. The archive carries a checksum of each array, which reading compares.
"""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from challenges.datasets.base import Downloaded
from challenges.home import home, write_private
from grader.errors import ChallengeBroken

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Where one data set keeps its parts. `recipe` changes whenever the same part would hold other values.

    `package` is the Debian package that brings the source or the tool; a message about missing data names it.
    """

    name: str
    package: str
    recipe: int

    def folder(self) -> Path:
        """The folder that `fill` fills."""
        return home() / "datasets" / f"{self.name}-{self.recipe}"

    def missing(self, parts: Sequence[str]) -> Sequence[str]:
        """Those of `parts` that are not here; nothing is opened."""
        return [part for part in parts if not self._path(part).is_file()]

    def fill(self, parts: Sequence[str], make: Callable[[str], Arrays], progress: Downloaded, workers: int = 1) -> None:
        """Make what is missing of `parts`, `workers` at a time, and tell the fraction that is here.

        Raises what `make` raises; the parts that were whole by then are kept.
        """
        missing = self.missing(parts)
        here = len(parts) - len(missing)
        pool = ThreadPoolExecutor(workers)
        try:
            made = [pool.submit(self._make, part, make) for part in missing]
            for done, part in enumerate(as_completed(made), start=here + 1):
                part.result()
                progress(self.name, done / len(parts))
        finally:
            pool.shutdown(cancel_futures=True)

    def read(self, part: str) -> Arrays:
        """The arrays of a part. Raises ChallengeBroken if it is not here or damaged."""
        path = self._path(part)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
        except FileNotFoundError as missing:
            raise ChallengeBroken("dataset_missing", dataset=self.name, package=self.package) from missing
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as damaged:
            raise ChallengeBroken("dataset_altered", dataset=self.name, file=path.name) from damaged

    def _path(self, part: str) -> Path:
        return self.folder() / f"{part}.npz"

    def _make(self, part: str, make: Callable[[str], Arrays]) -> None:
        buffer = io.BytesIO()
        arrays: dict[str, Any] = dict(make(part))
        np.savez(buffer, **arrays)
        write_private(self._path(part), buffer.getvalue())
