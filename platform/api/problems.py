"""How the API says no: one shape for everything, in the reader's language, with what to do."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from grader.errors import EntryRejected
from grader.wording import Sentence, say
from submissions.forms import NO_ATTEMPTS
from submissions.intake import NoAttemptsLeft

BEYOND_VIEWS = {
    413: ("too_large", _("The upload is too large"), _("The challenge page names its limit.")),
    500: ("our_fault", _("This is our mistake"), _("It has been logged. Please try again in a moment.")),
    507: ("storage_full", _("Our storage is full"), _("Your file was not taken; send it again later.")),
}
"""What can happen before and behind a view, where the framework has no say."""


class Refused(APIException):
    """The request was understood, and what it asks for is not done for a reason that the asker can mend."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "refused"

    def __init__(self, sentence: Sentence, code: str = "refused") -> None:
        super().__init__(sentence.message, code)
        self.hint = sentence.hint


class Conflict(APIException):
    """Something else came first, or has to."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = _("This cannot be done in the state in which it is now.")


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the answer is to be JSON, whatever happens."""
    return request.path.startswith("/api/v1/")


def beyond_views(status: int) -> JsonResponse:
    """The answer to a program where no view has a say."""
    code, message, hint = BEYOND_VIEWS[status]
    return JsonResponse(as_problem(message, code, hint), status=status)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """What goes out for an exception. None if it is a fault of ours."""
    told = expected(error)
    response = exception_handler(told, context)
    if response is not None and isinstance(told, APIException):
        response.data = problem(told)
    return response


def expected(error: Exception) -> Exception:
    """What the site's own refusals are to a program."""
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, EntryRejected):
        return Refused(say(error.code, error.params, get_language() or "en"), error.code)
    if isinstance(error, NoAttemptsLeft):
        return Throttled(wait=error.free_in_s, detail=str(NO_ATTEMPTS), code="no_attempts_left")
    return error


def problem(error: APIException) -> dict[str, object]:
    """It as JSON. invalid: what is wrong with which part of the request."""
    if isinstance(error, ValidationError):
        invalid = error.detail if isinstance(error.detail, dict) else {"request": error.detail}
        return as_problem(_("The request is not as it should be."), "invalid", invalid=invalid)
    detail: Any = error.detail
    return as_problem(detail, detail.code, getattr(error, "hint", ""))


def as_problem(message: object, code: str, hint: object = "", invalid: object = None) -> dict[str, object]:
    """One shape for all."""
    return {"code": code, "message": str(message), "hint": str(hint), "invalid": invalid or {}}
