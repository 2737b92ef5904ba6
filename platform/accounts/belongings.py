"""What belongs to a person: found by walking the models, so that an app that comes later is included by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from django.core.files.base import File
from django.db.models import CASCADE, ForeignObjectRel, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

from accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that a row stands for: its name in an export, and how to open it. Raises FileNotFoundError."""

    name: str
    open: Callable[[], "File[Any]"]


@runtime_checkable
class KeepsFiles(Protocol):
    """A model whose rows stand for files. It need not import this: accounts, the lowest app, finds the methods.

    Two methods on the model, and neither a registry nor a signal, because only the model knows what its columns point
    to, the walk meets the model anyway, and a grep for either name finds everything that takes part.
    """

    def attachments(self) -> Iterator[Attachment]:
        """The files of one row."""

    @classmethod
    def forget_files(cls, rows: QuerySet[Any]) -> Callable[[], None]:
        """What removes the files of these rows once they are gone, except those that another row needs."""


def belongings(person: User) -> list[QuerySet[Model]]:
    """The rows of each model that belong to a person, without their own row."""
    owned = []
    for model, paths in paths_to(User).items():
        theirs = Q(*((path, person) for path in paths), _connector=Q.OR)
        owned.append(model._base_manager.filter(theirs).order_by("pk"))
    return owned


def paths_to(owner: type[Model]) -> dict[type[Model], list[str]]:
    """For each model whose rows have an owner: the lookups that lead there.

    A row that names its owner is theirs; one that names nobody is theirs who own what it hangs on. So what others hang
    on a person's row, under their own name, stays theirs.
    """
    paths: dict[type[Model], list[str]] = {}
    nearer: dict[type[Model], list[str]] = {owner: [""]}
    while nearer:
        farther: dict[type[Model], list[str]] = {}
        for parent, ways in nearer.items():
            for link in links_to(parent):
                if link.related_model is not owner and link.related_model not in paths:
                    farther.setdefault(link.related_model, []).extend(join(link.field.name, way) for way in ways)
        paths |= farther
        nearer = farther
    return paths


def join(*steps: str) -> str:
    """One lookup from its steps."""
    return LOOKUP_SEP.join(filter(None, steps))


def links_to(model: type[Model]) -> list[ForeignObjectRel]:
    """The foreign keys, of whatever model, whose rows go when the row of `model` goes that they point to."""
    fields = model._meta.get_fields(include_hidden=True)
    incoming = [field for field in fields if isinstance(field, ForeignObjectRel) and not field.many_to_many]
    return [link for link in incoming if getattr(link, "on_delete", None) is CASCADE]
