"""The response when a page fails: 503 if the database is the cause, otherwise 500."""

import sys

import structlog
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from workflow_mirror.error_texts import error_text

log = structlog.get_logger(__name__)

RETRY_AFTER = 30
"""Seconds."""
READ_ONLY = "25006"
"""PostgreSQL's code: a standby, or a database that was made read-only."""


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
    return defaults.server_error(request)


def _unavailable(request: HttpRequest, error: Error, title: str, text: str) -> HttpResponse:
    """Rendered without the database: neither session nor user is read."""
    log.error(title, path=request.path, reason=error_text(error))
    answer: HttpResponse
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        answer = JsonResponse({"error": text}, status=503)
    else:
        page = render_to_string("503.html", {"title": title, "text": text})
        answer = HttpResponse(page, status=503)
    answer["Retry-After"] = str(RETRY_AFTER)
    answer["Cache-Control"] = "no-store"
    # Django would log the stack trace of every request.
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - as it does itself
    return answer
