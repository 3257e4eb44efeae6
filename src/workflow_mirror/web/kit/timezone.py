"""The time zone of all times on screen: the user's choice if there is one, else the browser's."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from workflow_mirror.access.scope import access_of

COOKIE = "timezone"
"""Set by static/web/js/web.js, so a browser's first page is in UTC."""


def user_timezone(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, after AuthenticationMiddleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        access = access_of(request.user)
        chosen = access.timezone if access is not None else ""
        name = next(filter(is_known, (chosen, request.COOKIES.get(COOKIE, ""))), "UTC")
        with timezone.override(ZoneInfo(name)):
            return get_response(request)

    return middleware


def is_known(name: str) -> bool:
    return name in _names()


def choices() -> list[tuple[str, str]]:
    """UTC first; without the names that stand for no place."""
    places = sorted(name for name in _names() if "/" in name and not name.startswith("Etc/"))
    return [(name, name) for name in ("UTC", *places)]


@cache
def _names() -> frozenset[str]:
    """Read once: it walks through a directory of files."""
    return frozenset(available_timezones())
