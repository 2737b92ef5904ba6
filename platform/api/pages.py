"""Lists that come by pages."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's classes are generic in the stubs, not at run time

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination

PAGE = OpenApiParameter("page", OpenApiTypes.INT)


class Pages(PageNumberPagination):
    """`?page=2`, fifty at a time."""

    page_size = 50


def page_of(shape: type[serializers.Serializer]) -> serializers.Serializer:
    """What such a list answers with."""
    parts: dict[str, serializers.Field] = {
        "count": serializers.IntegerField(),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return inline_serializer(f"{shape.__name__}Page", parts)
