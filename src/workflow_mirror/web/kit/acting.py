"""Whose request this is, for the audit log."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from workflow_mirror.audit.actors import Actor, acting

type View = Callable[[HttpRequest], HttpResponse]


def acting_user(get_response: View) -> View:
    """Middleware, after the one that knows the user. Reads no user by itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        with acting(Actor(lambda: request.user.get_username() or "nobody", address)):
            return get_response(request)

    return middleware
