"""The page of the API, made from its OpenAPI document, and what is given out beside it."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from api.reference import operations

WORKFLOW = Path(__file__).with_name("workflow.yml")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """How programs use Karui: tokens, the command, the workflow, every operation."""
    return render(request, "api/reference.html", {"site": site(request), "groups": operations()})


@require_safe
def workflow(request: HttpRequest) -> HttpResponse:
    """A workflow for a candidate's own CI, with the address of this site in it."""
    text = WORKFLOW.read_text("utf-8").replace("KARUI_SITE", site(request))
    headers = {"Content-Disposition": 'attachment; filename="karui.yml"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


def site(request: HttpRequest) -> str:
    """The address under which the site is read."""
    return request.build_absolute_uri("/").rstrip("/")


class NoSuchAddress(APIView):
    """Whatever else is asked for: a program cannot read our page for that."""

    needs = None
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Raises NotFound, whatever the method."""
        raise NotFound
