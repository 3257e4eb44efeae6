"""Error pages: inside the product, with its menu, for who is logged in.

A page that fails is answered with 503 if the database is the cause, otherwise with 500.
"""

import sys
from typing import Any

import structlog
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from workflow_mirror.error_texts import error_text
from workflow_mirror.web.kit.site import site

log = structlog.get_logger(__name__)

RETRY_AFTER = 30
"""Seconds."""
READ_ONLY = "25006"
"""PostgreSQL's code: a standby, or a database that was made read-only."""
TEMPLATE = "web/error.html"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - named by Django
    text = _("The request could not be understood. Go back and try again.")
    return _answer(request, 400, _("Invalid request"), text)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - named by Django
    return _answer(request, 403, _("No permission"), _("Ask an administrator for access."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - named by Django
    """Of a form that was open too long, or in a browser that stores no cookies."""
    text = _("Go back, reload the page and send the form again. Cookies must be allowed.")
    return _answer(request, 403, _("Form expired"), text)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - named by Django
    text = _("This page doesn't exist or you don't have access.")
    return _answer(request, 404, _("Page not found"), text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the exception, whichever middleware or view raised it."""
    error = sys.exc_info()[1]
    if isinstance(error, Error) and getattr(error.__cause__, "sqlstate", None) == READ_ONLY:
        return _unavailable(
            request,
            error,
            _("Read-only"),
            _("The database is read-only at the moment. Nothing was changed."),
        )
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(
            request,
            error,
            _("Database not available"),
            _("The database is not responding. Try again in a moment."),
        )
    text = _("An unexpected error occurred. The server log has the details.")
    return _answer(request, 500, _("Server error"), text)


def _answer(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    texts = {"title": title, "text": text}
    page = _inside(request, texts) or render_to_string(TEMPLATE, texts)
    return HttpResponse(page, status=status)


def _inside(request: HttpRequest, texts: dict[str, Any]) -> str | None:
    """None for who is not logged in, and where the menu fails as well."""
    user = getattr(request, "user", None)  # missing if an earlier middleware failed
    try:
        if user is None or not site.has_permission(request):
            return None
        layout = {"layout": "admin/base_site.html"}
        return render_to_string(
            TEMPLATE, {**site.each_context(request), **texts, **layout}, request
        )
    except Exception as error:  # noqa: BLE001 - whatever failed, there must be an answer
        log.warning("Error page without menu", path=request.path, reason=error_text(error))
        return None


def _unavailable(request: HttpRequest, error: Error, title: str, text: str) -> HttpResponse:
    """Rendered without the database: neither session nor user is read."""
    log.error(title, path=request.path, reason=error_text(error))
    answer: HttpResponse
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        answer = JsonResponse({"error": text}, status=503)
    else:
        answer = HttpResponse(
            render_to_string(TEMPLATE, {"title": title, "text": text}), status=503
        )
    answer["Retry-After"] = str(RETRY_AFTER)
    answer["Cache-Control"] = "no-store"
    # Django would log the stack trace of every request.
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - as it does itself
    return answer
