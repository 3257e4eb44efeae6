"""Saving a view, and the page on which its owner renames, shares or deletes it."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from workflow_mirror.access.scope import may
from workflow_mirror.web.kit.saved_views import PAGES, address_of, own_views
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.models import SavedView
from workflow_mirror.web.saved.forms import NewViewForm, SavedViewForm

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Saves `query`, the query string of `page`, under `name`, and shows the view."""
    page = PAGES.get(request.POST.get("page", ""))
    if page is None or not may(request.user, page.permission):
        raise PermissionDenied
    view = SavedView(owner=cast("User", request.user))
    form = NewViewForm(request.POST, instance=view)
    if form.saves():
        messages.success(request, _("Saved as “%(name)s”.") % {"name": view})
        return HttpResponseRedirect(address_of(view))
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    query = form.cleaned_data.get("query", "")
    return HttpResponseRedirect(f"{reverse(page.url_name)}?{query}")


@require_http_methods(["GET", "POST"])
def change_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    form = SavedViewForm(request.POST or None, instance=view)
    if request.method == "POST" and form.saves():
        return HttpResponseRedirect(address_of(view))
    context = {"title": _("Saved view"), "form": form, "view": view, "back": address_of(view)}
    return TemplateResponse(
        request, "web/saved/view.html", {**site.each_context(request), **context}
    )


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    view.delete()
    messages.success(request, _("Deleted “%(name)s”.") % {"name": view})
    return HttpResponseRedirect(reverse(PAGES[view.page].url_name))


def _own(request: HttpRequest, pk: int) -> SavedView:
    """404 for that of another user, also for one that is shared."""
    view = own_views(request.user).filter(pk=pk).first()
    if view is None:
        raise Http404
    if not may(request.user, PAGES[view.page].permission):
        raise PermissionDenied
    return view
