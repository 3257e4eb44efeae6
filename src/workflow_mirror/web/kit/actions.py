"""Actions on a page, a row or a list: by POST with CSRF token, with permission, within the scope.

Unfold's own actions are links that take effect on a GET request. `post_action` answers GET with a
confirmation page instead, whose button posts. For an action without `question`, the link has
`data-post`, and web.js posts it immediately, so that one click is enough.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from unfold.decorators import action
from unfold.enums import ActionVariant

type Method = Callable[..., HttpResponse | None]


class NothingToDo(str):
    """In the place of a question: why the action would do nothing. Its page has no button then."""

    __slots__ = ()


def post_action(
    *,
    permission: str,
    description: str | Promise,
    icon: str | None = None,
    question: str | Promise | Callable[..., str] = "",
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Method], Any]:
    """Make a method of a MirrorAdmin an action for `actions_row`, `actions_detail`, `actions_list`.

    Called on POST only, as `method(self, request, obj)`, or `method(self, request)` in
    `actions_list`. A user without `permission` ("app.codename") gets 403, an object outside the
    user's scope 404. If the method returns None, the user returns to the previous page. A
    `question` is always asked first; it may be a function of the request and the object, which
    returns NothingToDo where there is nothing to ask.
    """

    def decorate(method: Method) -> Any:
        @wraps(method)
        @require_http_methods(["GET", "POST"])
        def guarded(request: HttpRequest, page: Any, object_id: str | None) -> HttpResponse:
            objects = [] if object_id is None else [_object(page, request, object_id)]
            if request.method == "GET":
                return _ask(page, request, [description, question, *objects], variant)
            return method(page, request, *objects) or _back(page, request)

        @wraps(method)
        def called(page: Any, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
            return guarded(request, page, object_id)

        return action(
            permissions=[permission],
            description=description,
            icon=icon,
            variant=variant,
            attrs={} if question else {"data-post": "now"},
        )(called)

    return decorate


def _object(page: Any, request: HttpRequest, object_id: str) -> Any:
    found = page.get_object(request, unquote(object_id))
    if found is None:
        raise Http404
    return found


def _ask(page: Any, request: HttpRequest, about: list[Any], variant: ActionVariant) -> HttpResponse:
    description, question, *objects = about
    asked = question(request, *objects) if callable(question) else question
    return TemplateResponse(
        request,
        "web/confirm.html",
        {
            **page.admin_site.each_context(request),
            **asking(asked or _("Are you sure?")),
            "title": description,
            "object": objects[0] if objects else "",
            "variant": variant.value,
            "opts": page.opts,
            "back": _where_from(page, request),
        },
    )


def asking(question: str) -> dict[str, Any]:
    """What the confirmation page needs to know of its question."""
    return {"question": question, "can_confirm": not isinstance(question, NothingToDo)}


def _back(page: Any, request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_where_from(page, request))


def safe_next(request: HttpRequest) -> str:
    """Where a form says that it was sent from; empty where this is no page of ours."""
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else ""


def _where_from(page: Any, request: HttpRequest) -> str:
    """The page where the action was started; never another site's page or the action's own."""
    wanted = safe_next(request)
    if wanted and request.path not in wanted:
        return wanted
    opts = page.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
