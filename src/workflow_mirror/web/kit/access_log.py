"""One log line for each request, where ZWM_ACCESS_LOG is on.

Neither query, headers nor body: they can hold secrets. Of a path, what follows `/log-in/` is left
out, because one-time links are secrets, also in a wrong form that leads to no page.
"""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

log = structlog.get_logger(__name__)

LONGEST_PATH = 500
_LINK = re.compile(r"(/log-in/)(?!sso/).*", re.IGNORECASE | re.DOTALL)

type View = Callable[[HttpRequest], HttpResponse]


def access_log(get_response: View) -> View:
    """Middleware, the first. `ms` until the response begins; `user_id` None before a log-in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        log.info(
            "Request",
            method=request.method,
            path=shown_path(request.path),
            status=response.status_code,
            ms=round(1000 * (time.monotonic() - began)),
            user_id=_user_id(request),
        )
        return response

    return middleware


def shown_path(path: str) -> str:
    return _LINK.sub(r"\1***", path)[:LONGEST_PATH]


def _user_id(request: HttpRequest) -> int | None:
    """Asks the database nothing: only of a user that the page has read, or that has logged in."""
    known = vars(request)
    user = known.get("user")
    if isinstance(user, SimpleLazyObject):
        user = known.get("_cached_user")  # where Django keeps it once it was read
    return getattr(user, "pk", None)
