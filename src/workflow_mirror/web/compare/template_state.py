"""How customers stand against their templates, for lists of customers."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.compare.agreements import templates_in
from workflow_mirror.compare.templates import TemplateState, template_states
from workflow_mirror.web.compare.chosen import VIEW, compare_url, label_of
from workflow_mirror.web.kit import table_cells


def has_templates(request: HttpRequest) -> bool:
    """Whether the user may see a customer with its template. One statement a request."""
    known: bool | None = getattr(request, "_has_templates", None)
    if known is None:
        known = may(request.user, VIEW) and templates_in(scope_of(request.user)).exists()
        request._has_templates = known  # type: ignore[attr-defined]  # noqa: SLF001 - kept for the request
    return known


def add_template_states(request: HttpRequest, customers: Iterable[Any]) -> None:
    """Sets `template_state` of each, None for one without a template that the user may see."""
    customers = list(customers)
    states: dict[int, TemplateState] = {}
    if has_templates(request):
        keys = [customer.pk for customer in customers]
        states = template_states(scope_of(request.user), keys, request.user.get_username())
    for customer in customers:
        customer.template_state = states.get(customer.pk)


def template_cell(customer: Any) -> SafeString | None:
    """A link to the comparison with the template."""
    state: TemplateState | None = getattr(customer, "template_state", None)
    if state is None:
        return None
    return format_html(
        '<a href="{}" title="{}">{}</a>',
        compare_url(state.template.pk, state.customer),
        _("Template: %(name)s") % {"name": label_of(state.template)},
        table_cells.label(_words(state), _variant(state)),
    )


def _words(state: TemplateState) -> str:
    if state.counts is None:
        return _("Not compared yet")
    if state.is_same:
        return _("Same")
    number = state.differing
    return ngettext("%(number)d differs", "%(number)d differ", number) % {"number": number}


def _variant(state: TemplateState) -> str:
    if state.counts is None:
        return "default"
    return "success" if state.is_same else "warning"
