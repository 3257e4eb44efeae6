"""All variants of the web admin's list pages: plain, sorted, filtered, searched.

The variants are read from the pages themselves, so that a new filter or column is measured, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.filters import (
    BooleanFieldListFilter,
    RelatedFieldListFilter,
    SimpleListFilter,
)
from django.contrib.auth.models import Group, User
from django.db.models import Count
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.admin import site
from workflow_mirror.web.kit.columns import column_name
from workflow_mirror.workflows.models import Task, Workflow

FEW_CHOICES = 6
SEARCHES = {
    "of a letter": "b",
    "of two letters": "re",
    "in one row of ten": "invoice",
    "of two words": "billing notice",
    "of a part of words": "voic",
    "of signs": "-->",
    "without hits": "xylophone",
    "of digits": "100",
}
EMPTY = "auth_group"
"""Its list, searched without hits, is the yardstick: an empty page of Django's plainest kind."""


@dataclass(frozen=True)
class Request:
    """`what` says the same of a small mirror as of a large one; the values in `address` differ."""

    who: str
    page: str
    what: str
    address: str

    @property
    def name(self) -> str:
        return f"{self.who}: {self.page}: {self.what}"


def people() -> dict[str, User]:
    """Who asks: one who sees everything, one who sees one customer, one who sees half of them."""
    customers = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    return {
        "administrator": _person("administrator", ADMINISTRATORS),
        "of one customer": _person("one", OPERATORS, customers[:1]),
        "of half of them": _person("half", OPERATORS, customers[::2]),
    }


def empty_page() -> str:
    return _address(reverse(f"admin:{EMPTY}_changelist"), q=SEARCHES["without hits"])


def requests_of(who: str, user: User) -> Iterator[Request]:
    yield Request(who, "dashboard", "all", reverse("admin:index"))
    week = reverse("admin:history_workflowchange_week")
    yield Request(who, "changes of a week", "all", week)
    if customer := customers_in(scope_of(user)).first():
        page = reverse("admin:customers_customer_change", args=(customer.pk,))
        yield Request(who, "page of a customer", "all", page)
        texts = SEARCHES | {"narrowed by a customer": f"{customer.name} invoice"}
        for what, text in texts.items():
            yield Request(who, "search box", what, _address(reverse("find_page"), q=text))
    for model, admin in site._registry.items():  # noqa: SLF001 - Django has no other way to them
        request: Any = RequestFactory().get("/")
        request.user = user
        if not admin.has_view_permission(request):
            continue
        about = model._meta  # noqa: SLF001 - Django's documented name
        path = reverse(f"admin:{about.app_label}_{about.model_name}_changelist")
        page = str(about.verbose_name_plural)
        for what, parameters in _ways(admin.get_changelist_instance(request), request):
            yield Request(who, page, what, _address(path, **parameters))


def _ways(shown: Any, request: HttpRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of one list: what is asked for, and the parameters of its address."""
    yield "all", {}
    columns = shown.model_admin.every_column(request)
    yield "all columns", {"cols": ",".join(map(column_name, columns))}
    if shown.paginator.num_pages > 1:
        yield "the last page", {"p": shown.paginator.num_pages}
    sorts = list(shown.model_admin.sorts)
    for column in sorts:
        yield f"{column} up", {"o": column}
        yield f"{column} down", {"o": f"-{column}"}
    last = {"o": f"-{sorts[-1]}"} if sorts else {}
    for what, filtered in _filters(shown):
        yield what, filtered
        if last:
            yield f"{what}, sorted", filtered | last
    if shown.search_fields:
        for what, term in {**SEARCHES, **_own_terms(shown)}.items():
            yield f"search {what}", {"q": term}
            if last:
                yield f"search {what}, sorted", {"q": term} | last


def _filters(shown: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for spec in shown.filter_specs:
        match spec:
            case SimpleListFilter():
                key, values = str(spec.parameter_name), [value for value, _ in spec.lookup_choices]
            case RelatedFieldListFilter():
                key, values = spec.lookup_kwarg, [value for value, _ in spec.lookup_choices]
            case BooleanFieldListFilter():
                key, values = spec.lookup_kwarg, ["1", "0"]
            case _:
                raise TypeError(spec)
        if len(values) > FEW_CHOICES:
            values = _commonest_and_rarest(shown.model, key, values)
        for number, value in enumerate(values):
            yield f"{key} {number}", {key: value}
    if shown.model is Task:  # offers no choice by itself: other pages link to it
        yield "workflow", {"workflow__id__exact": shown.root_queryset[0].workflow_id}


def _commonest_and_rarest(model: Any, key: str, values: list[Any]) -> list[Any]:
    column = key.removesuffix("__id__exact")
    counted = model.objects.order_by().values_list(column).annotate(rows=Count("pk"))
    known = set(values)
    ordered = [value for value, _ in counted.order_by("-rows", column) if value in known]
    return [ordered[0], ordered[-1]]


def _own_terms(shown: Any) -> dict[str, str]:
    """What finds a row or two of this list."""
    row = shown.root_queryset.order_by("-pk").first()
    if row is None:
        return {}
    key = getattr(row, "zuora_id", None) or getattr(row, "workflow_zuora_id", row.pk)
    terms = {"of an id": str(key)}
    if isinstance(row, Workflow | Task | Customer):
        terms["of a rare term"] = row.name.split()[-1]
        terms["of a whole name"] = row.name
    return terms


def _person(name: str, group: str, customers: list[int] | None = None) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    user.groups.set(Group.objects.filter(name=group))
    access, _ = UserAccess.objects.update_or_create(
        user=user, defaults={"all_customers": customers is None}
    )
    access.customers.set(customers or [])
    return User.objects.get(pk=user.pk)


def _address(path: str, **parameters: Any) -> str:
    return f"{path}?{urlencode(parameters)}" if parameters else path
