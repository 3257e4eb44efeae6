"""Adding and removing rules, links and templates: by POST, for who may manage comparisons."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from workflow_mirror.access.scope import scope_of
from workflow_mirror.compare import agreements
from workflow_mirror.compare.errors import CompareError
from workflow_mirror.customers.errors import UnknownCustomerError
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.web.compare.chosen import check_manage
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import workflows_in

type Change = Callable[[HttpRequest], str]


def _posted(change: Change) -> Callable[[HttpRequest], HttpResponse]:
    """Shows what the change tells, or why it was refused, on the page that the user came from."""

    @wraps(change)
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        check_manage(request)
        try:
            messages.success(request, change(request))
        except CompareError as error:
            messages.error(request, in_our_language(error))
        except UnknownCustomerError as error:
            raise Http404 from error
        return HttpResponseRedirect(_back(request))

    return view


@_posted
def add_rule_view(request: HttpRequest) -> str:
    source, target = _key(request, "source"), _key(request, "target")
    texts = {name: request.POST.get(name, "") for name in ("kind", "source_text", "target_text")}
    agreements.add_rule(
        scope_of(request.user),
        source=source,
        target=target,
        by=request.user.get_username(),
        **texts,
    )
    return _("Rule added.")


@_posted
def delete_rule_view(request: HttpRequest) -> str:
    agreements.remove_rule(_one_of(agreements.rules_in(scope_of(request.user)), request))
    return _("Rule deleted.")


@_posted
def add_link_view(request: HttpRequest) -> str:
    source, target = _workflow(request, "source"), _workflow(request, "target")
    by = request.user.get_username()
    agreements.link(scope_of(request.user), source, target, by)
    return _("Workflows linked.")


@_posted
def delete_link_view(request: HttpRequest) -> str:
    agreements.unlink(_one_of(agreements.links_in(scope_of(request.user)), request))
    return _("Link removed.")


@_posted
def template_view(request: HttpRequest) -> str:
    """Makes `template` that of `customer`; an empty one removes it."""
    template = _key(request, "template") if request.POST.get("template") else None
    agreements.set_template(scope_of(request.user), _key(request, "customer"), template)
    return _("Template removed.") if template is None else _("Template set.")


def _key(request: HttpRequest, name: str) -> int:
    key = row_id(request.POST.get(name, ""))
    if key is None:
        raise Http404
    return key


def _one_of(rows: Any, request: HttpRequest) -> Any:
    found = rows.filter(pk=_key(request, "id")).first()
    if found is None:
        raise Http404
    return found


def _workflow(request: HttpRequest, name: str) -> Workflow:
    known = workflows_in(scope_of(request.user)).filter(pk=_key(request, name))
    found = known.only("customer", "zuora_id").first()
    if found is None:
        raise Http404
    return found


def _back(request: HttpRequest) -> str:
    """Never a page of another site."""
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else reverse("compare_page")
