"""Actions on a page, a row or a list: by POST with CSRF token, with permission, within the scope.

Unfold's own actions are links, which a mere visit sets off. `post_action` answers a visit with a
question instead; the button below it posts. A link with `data-post`, which every action without
`question` has, is posted at once by web.js, so that one click is enough.
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


def post_action(
    *,
    permission: str,
    description: str | Promise,
    icon: str | None = None,
    question: str | Promise | Callable[[HttpRequest], str] = "",
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Method], Any]:
    """Make a method of a MirrorAdmin an action for `actions_row`, `actions_detail`, `actions_list`.

    Called by POST alone, as `method(self, request, obj)`, or `method(self, request)` in
    `actions_list`. Who lacks `permission` ("app.codename") gets 403, an object that the user may
    not see is a 404. Returning None sends the user back to where he was. With a `question` it is
    always asked first; one that depends on the user is a function of the request.
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
    return TemplateResponse(
        request,
        "web/confirm.html",
        {
            **page.admin_site.each_context(request),
            "title": description,
            "question": (question(request) if callable(question) else question)
            or _("Are you sure?"),
            "object": objects[0] if objects else "",
            "variant": variant.value,
            "opts": page.opts,
            "back": _where_from(page, request),
        },
    )


def _back(page: Any, request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_where_from(page, request))


def _where_from(page: Any, request: HttpRequest) -> str:
    """The page that the action was begun on; never another site's, nor the action's own."""
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if wanted and is_ours and request.path not in wanted:
        return wanted
    opts = page.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
