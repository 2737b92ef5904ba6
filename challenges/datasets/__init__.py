"""The data sets that challenges draw on: a table of names, each module imported when it is first asked for."""

from importlib import import_module
from typing import cast

from challenges.datasets.base import Dataset

DATASETS = {
    "fashion_mnist": "challenges.datasets.fashion_mnist",
    "fashion_scenes": "challenges.datasets.fashion_scenes",
}


def dataset(name: str) -> Dataset:
    """The data set of that name. Raises KeyError for one that does not exist."""
    return cast(Dataset, import_module(DATASETS[name]))
