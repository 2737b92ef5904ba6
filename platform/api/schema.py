"""How operations are described: what each may answer besides success, and how one shows who one is."""

# mypy: disable-error-code="misc, type-arg, no-untyped-call"
# Django REST framework's and spectacular's classes are partly without types

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from api.access import scope_of

V = TypeVar("V", bound=Callable[..., Any])
EVERYWHERE = (400, 401, 403, 429)  # of whatever needs a token
PUBLIC = (400, 401, 429)  # a token that is wrong is refused there, too


class Problem(serializers.Serializer):
    """Every answer that is not a success."""

    code = serializers.CharField()
    message = serializers.CharField(help_text=_("In the language that Accept-Language asks for: ja or en."))
    hint = serializers.CharField(help_text=_("What to do about it. May be empty."))
    invalid = serializers.DictField(help_text=_("What is wrong with which part of the request."))


WHY = {
    400: _("The request is not as it should be."),
    401: _("No token, or one that does not work (any more)."),
    403: _("The token does not have the scope for this."),
    404: _("There is no such thing, or it is not yours."),
    409: _("Not in the state in which it is now."),
    413: _("Too large."),
    415: _("Not in this media type."),
    422: _("Refused, for a reason that you can mend."),
    429: _("Too often. Retry-After says for how many seconds to wait."),
}


def told(
    summary: Any, text: Any, answers: dict[Any, Any], *problems: int, public: bool = False, **more: Any
) -> Callable[[V], V]:
    """Describe an operation: in short, in full, what it answers, and which problems it has besides those of all."""
    statuses = (*(PUBLIC if public else EVERYWHERE), *problems)
    refusals = {status: OpenApiResponse(Problem, WHY[status]) for status in statuses}
    return extend_schema(summary=summary, description=text, responses={**answers, **refusals}, **more)


class Scoped(AutoSchema):
    """Spectacular's, which also says which scope an operation needs."""

    def get_operation_id(self) -> str:
        """After the class of the view: `get_Submissions`, `get_OneSubmission`."""
        return f"{self.method.lower()}_{type(self.view).__name__}"

    def get_auth(self) -> list[dict[str, list[str]]]:
        """None for what is public."""
        return super().get_auth() if scope_of(self.view, self.method) else []

    def get_extensions(self) -> dict[str, Any]:
        """`x-scope`; none for what is public."""
        scope = scope_of(self.view, self.method)
        return {"x-scope": str(scope)} if scope else {}


class BearerScheme(OpenApiAuthenticationExtension):
    """Our tokens, for spectacular."""

    target_class = "api.access.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """As OpenAPI says it."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "karui_…"}
