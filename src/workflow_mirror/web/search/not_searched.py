"""What an answer did not look at, in words, with links to the workflows."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.references.query import Query, customers_named
from workflow_mirror.references.search import Found
from workflow_mirror.web.kit.search_links import search_url
from workflow_mirror.web.search.narrowing import of_deleted

_TEXTS = {
    "without_export": ngettext_lazy(
        "%(number)d workflow has no export.",
        "%(number)d workflows have no export.",
        "number",
    ),
    "stale_exports": ngettext_lazy(
        "The last export of %(number)d workflow failed. An older copy was searched.",
        "The last exports of %(number)d workflows failed. Older copies were searched.",
        "number",
    ),
    "not_indexed": ngettext_lazy(
        "%(number)d workflow is not indexed yet. Workers index it in the background.",
        "%(number)d workflows are not indexed yet. Workers index them in the background.",
        "number",
    ),
    "unparsed_texts": ngettext_lazy(
        "%(number)d text could not be parsed. References in it may be missing.",
        "%(number)d texts could not be parsed. References in them may be missing.",
        "number",
    ),
    "deleted": ngettext_lazy(
        "%(number)d workflow is deleted in Zuora and was left out.",
        "%(number)d workflows are deleted in Zuora and were left out.",
        "number",
    ),
}


@dataclass(frozen=True)
class Gap:
    """`link` is empty where no page shows the workflows."""

    text: str
    link: str
    link_text: Promise


def gaps(found: Found, scope: Scope) -> Iterator[Gap]:
    yield from _customers_not_searched(found.query, scope)
    numbers = vars(found.not_searched)
    for name, text in _TEXTS.items():
        if number := numbers[name]:
            link, link_text = _link(name, found.query, scope)
            yield Gap(text % {"number": number}, link, link_text)


def _customers_not_searched(query: Query, scope: Scope) -> Iterator[Gap]:
    """The same whether or not there are other customers."""
    if scope.is_limited:
        yield Gap(gettext("Customers that you may not see were left out."), "", _("Customers"))
    terms = query.values.get("customer", ())
    names = list(customers_in(scope).values_list("name", flat=True)) if terms else []
    for term in terms:
        if not customers_named(term.value, names):
            told = gettext("No customer that you may see is named “%(name)s”.")
            yield Gap(told % {"name": term.value}, "", _("Customers"))


def _link(name: str, query: Query, scope: Scope) -> tuple[str, Promise]:
    if name == "deleted":
        deleted = of_deleted(query)
        return search_url(deleted) if deleted else "", _("Search deleted workflows")
    if name in {"without_export", "stale_exports"}:
        return _failed_exports(query, scope), _("Failed exports")
    return "", _("Failed exports")


def _failed_exports(query: Query, scope: Scope) -> str:
    """The list, of the customer of the query if there is one."""
    filters = {"export": "failed"}
    if terms := query.values.get("customer"):
        names = dict(customers_in(scope).values_list("name", "pk"))
        named = {name for term in terms for name in customers_named(term.value, names)}
        if len(named) == 1:
            filters["customer__id__exact"] = str(names[named.pop()])
    return f"{reverse('admin:workflows_workflow_changelist')}?{urlencode(filters)}"
