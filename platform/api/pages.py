"""Lists that come by pages, and what may be asked of them."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    """`?page=2`, fifty at a time."""

    page_size = 50


class Query(serializers.Serializer):
    """The part of an address behind the question mark. What is not known there is refused, so that a slip is seen."""

    page = serializers.IntegerField(required=False, min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is asked for, without the page, which is the paginator's. Raises ValidationError."""
        if unknown := set(self.initial_data) - set(self.fields):
            raise serializers.ValidationError(dict.fromkeys(unknown, _("This is not known here.")))
        return {name: value for name, value in attrs.items() if name != "page"}

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """What a request asks for. Raises ValidationError."""
        query = cls(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)


def page_of(shape: type[serializers.Serializer]) -> serializers.Serializer:
    """What such a list answers with."""
    parts: dict[str, serializers.Field] = {
        "count": serializers.IntegerField(),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return inline_serializer(f"{shape.__name__}Page", parts)
