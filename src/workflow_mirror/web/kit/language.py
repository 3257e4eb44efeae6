"""The language: the user's choice if there is one, else the browser's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as set_language_cookie

from workflow_mirror.access.people import choose
from workflow_mirror.access.scope import access_of


def user_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, after LocaleMiddleware, which has read cookie and browser."""

    def middleware(request: HttpRequest) -> HttpResponse:
        access = access_of(request.user)
        if access is not None and access.language:
            translation.activate(access.language)
            request.LANGUAGE_CODE = access.language
        return get_response(request)

    return middleware


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's, which keeps the choice in a cookie; that of a user is kept with the account."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        choose(request.user, language=language)
    return set_language_cookie(request)
