"""A user's own page: who they are here, what they may see, and how pages look to them."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.people import choose
from workflow_mirror.access.scope import scope_of
from workflow_mirror.web.account.form import PreferencesForm, ThemeForm, preferences_of
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import safe_next
from workflow_mirror.web.kit.site import site


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, initial=preferences_of(_user(request)))
    if request.method == "POST" and form.is_valid():
        return _save(request, form.cleaned_data)
    context = {
        **site.each_context(request),
        "title": _("Preferences"),
        "form": form,
        "facts": _facts(request),
    }
    return TemplateResponse(request, "web/account/page.html", context)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """For the account menu: `theme` is light, dark or empty; back to `next`."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    choose(_user(request), theme=form.cleaned_data["theme"])
    return HttpResponseRedirect(safe_next(request) or reverse("account"))


def _user(request: HttpRequest) -> User:
    """The pages here are for logged-in users only."""
    return cast("User", request.user)


def _save(request: HttpRequest, preferences: dict[str, str]) -> HttpResponse:
    choose(_user(request), **preferences)
    with override(preferences["language"] or None):
        messages.success(request, _("Preferences saved."))
    answer = HttpResponseRedirect(reverse("account"))
    if not preferences["language"]:  # the browser's, and not the one that was chosen before log-in
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return answer


def _facts(request: HttpRequest) -> list[tuple[str, Any]]:
    user = _user(request)
    scope = scope_of(user)
    names = list(customers_in(scope).values_list("name", flat=True)) if scope.is_limited else []
    seen = table_cells.some_of(names) or capfirst(_("none"))
    groups = ", ".join(user.groups.values_list("name", flat=True))
    return [
        (_("Username"), user.get_username()),
        (_("Name"), user.get_full_name() or table_cells.NOTHING),
        (_("Email"), user.email or table_cells.NOTHING),
        (_("Groups"), groups or capfirst(_("none"))),
        (_("Customers"), seen if scope.is_limited else capfirst(_("all customers"))),
    ]
