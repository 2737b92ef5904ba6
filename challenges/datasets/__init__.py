"""The data sets that challenges draw on: every module of this folder is one, imported when it is first asked for."""

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from challenges.datasets.base import Dataset

SHARED = {"base", "cache", "download", "split"}  # what data sets are built from
DATASETS = tuple(module.name for module in iter_modules(__path__) if module.name not in SHARED)


def dataset(name: str) -> Dataset:
    """The data set of that name. Raises KeyError for one that does not exist."""
    if name not in DATASETS:
        raise KeyError(name)
    return cast(Dataset, import_module(f"{__name__}.{name}"))
