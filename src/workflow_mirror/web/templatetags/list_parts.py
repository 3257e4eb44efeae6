"""Parts of list pages, and of other pages that show the rows of the chosen customer."""

from typing import Any

from django import template

from workflow_mirror.web.kit.preferences import chosen_customer, customer_options
from workflow_mirror.web.kit.saved_views import listed

register = template.Library()


@register.inclusion_tag("web/lists/customer.html", takes_context=True)
def customer_choice(context: dict[str, Any], filtered: Any = None) -> dict[str, Any]:
    """The choice of a customer; `filtered` is the filter of a list, whose address may name one."""
    request = context["request"]
    if filtered:
        chosen = filtered.value() or ""
    else:
        customer = chosen_customer(request)
        chosen = str(customer.pk) if customer else ""
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "options": customer_options(request),
        "chosen": chosen,
    }


@register.simple_tag
def actions_of(changelist: Any, row: Any) -> list[dict[str, Any]]:
    """The actions in the menu of a row."""
    found: list[dict[str, Any]] = changelist.actions_of(row)
    return found


@register.inclusion_tag("web/lists/views.html", takes_context=True)
def saved_views(context: dict[str, Any], changelist: Any) -> dict[str, Any]:
    request = context["request"]
    page = changelist.page_key
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "page": page,
        "views": listed(request.user, page),
        "default": changelist.preferences.default_views.get(page),
        "query": changelist.view_query,
    }
