"""The OpenAPI document as people read it."""

# mypy: disable-error-code="no-untyped-call"
# spectacular has no types

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator

from content.brief import to_html

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, a media type with its fields, or an answer by its status: a name and what it is."""

    name: str
    text: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for."""

    method: str
    path: str
    summary: str
    text: SafeString
    scope: str
    parameters: Sequence[Named]
    bodies: Sequence[Named]
    answers: Sequence[Named]

    @property
    def group(self) -> str:
        """The first part of the address."""
        return self.path.removeprefix(PREFIX).strip("/").split("/")[0]

    @property
    def anchor(self) -> str:
        """By which a page can point at it."""
        return slugify(f"{self.method} {self.path.removeprefix(PREFIX).replace('/', ' ')}")


def operations() -> Mapping[str, Sequence[Operation]]:
    """All of them in the reader's language, by group."""
    return _operations(get_language() or "en")


@cache
def _operations(language: str) -> Mapping[str, Sequence[Operation]]:
    with override(language):
        document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
        found = list(read(document))
    return {group: tuple(members) for group, members in groupby(found, key=lambda operation: operation.group)}


def read(document: Mapping[str, Any]) -> Iterator[Operation]:
    """The operations of a document."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                summary=str(told.get("summary", "")),
                text=to_html(str(told.get("description", ""))),
                scope=told.get("x-scope", ""),
                parameters=[parameter(one) for one in told.get("parameters", ())],
                bodies=[body(media, content, document) for media, content in bodies(told)],
                answers=[Named(status, str(one.get("description", ""))) for status, one in told["responses"].items()],
            )


def parameter(told: Mapping[str, Any]) -> Named:
    """A part of the address, a query parameter or a header."""
    return Named(told["name"], str(told.get("description", "")), told.get("required", False))


def bodies(told: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The media types that a request may have."""
    yield from told.get("requestBody", {}).get("content", {}).items()


def body(media: str, content: Mapping[str, Any], document: Mapping[str, Any]) -> Named:
    """A media type and the fields in it."""
    name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
    fields = document["components"]["schemas"][name]["properties"] if name else {}
    return Named(media, ", ".join(fields))
