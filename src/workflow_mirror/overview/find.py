"""Finds customers, workflows, tasks and jobs by name: the search box of every page.

Each kind is answered by a few bounded statements, then ranked (ranking.py). What is inside tasks is
found by `references`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Upper

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.jobs.kinds import all_kinds, label_of
from workflow_mirror.jobs.scoped import jobs_in
from workflow_mirror.overview.ranking import Rank, rank, without_customer
from workflow_mirror.workflows.models import sortable_name
from workflow_mirror.workflows.name_search import Names, customers_having, has_term, having
from workflow_mirror.workflows.queries import tasks_in, workflows_in

LONGEST_TEXT = 200
"""Characters that are looked up; the rest is ignored."""
RANKED = 500
"""Maximum number of matching rows of a kind that are ranked."""
LONGEST_ID = 18
"""Digits; every such number fits a bigint."""
WORKFLOW = ("pk", "name", "zuora_id", "customer", "deleted_at")
TASK = ("pk", "name", "zuora_id", "customer", "workflow__name")
JOB = ("pk", "kind", "status", "customer")


class Kind(StrEnum):
    CUSTOMER = "customer"
    WORKFLOW = "workflow"
    TASK = "task"
    JOB = "job"


@dataclass(frozen=True)
class Hit:
    """`name` is empty for what has none; `customer` is its name, empty for jobs without one."""

    pk: int
    name: str
    zuora_id: str = ""
    customer: str = ""
    workflow: str = ""
    is_deleted: bool = False
    job_kind: str = ""
    job_status: str = ""


@dataclass(frozen=True)
class Group:
    """The best hits of a kind; `is_cut` if there are more."""

    kind: Kind
    hits: list[Hit]
    is_cut: bool


def find(scope: Scope, text: str, kinds: Iterable[Kind], most: int) -> list[Group]:
    """At most `most` hits of each kind, best first; kinds without a hit are left out."""
    text = " ".join(text[:LONGEST_TEXT].split())
    if not text:
        return []
    customers: Names = dict(customers_in(scope).values_list("pk", "name"))
    finders = {
        Kind.CUSTOMER: lambda: _customers(customers, text),
        Kind.WORKFLOW: lambda: _workflows(scope, text, customers),
        Kind.TASK: lambda: _tasks(scope, text, customers),
        Kind.JOB: lambda: _jobs(scope, text, customers, most),
    }
    groups = ((kind, finders[kind]()) for kind in kinds)
    return [Group(kind, hits[:most], is_cut=len(hits) > most) for kind, hits in groups if hits]


def _customers(customers: Names, text: str) -> list[Hit]:
    terms = text.split()
    found = [
        Hit(pk, name)
        for pk, name in customers.items()
        if all(has_term(name, term) for term in terms)
    ]
    return sorted(found, key=lambda hit: (rank(hit.name, text), hit.name.casefold()))


def _workflows(scope: Scope, text: str, customers: Names) -> list[Hit]:
    rows = workflows_in(scope)
    keys = _keys(rows, text, customers, ("name", "description"))
    return _ranked(
        (
            Hit(pk, name, zuora_id, customers.get(customer, ""), is_deleted=deleted is not None)
            for pk, name, zuora_id, customer, deleted in rows.filter(pk__in=keys).values_list(
                *WORKFLOW
            )
        ),
        text,
    )


def _tasks(scope: Scope, text: str, customers: Names) -> list[Hit]:
    rows = tasks_in(scope)
    keys = _keys(rows, text, customers, ("name",))
    return _ranked(
        (
            Hit(pk, name, zuora_id, customers.get(customer, ""), workflow)
            for pk, name, zuora_id, customer, workflow in rows.filter(pk__in=keys).values_list(
                *TASK
            )
        ),
        text,
    )


def _keys(rows: QuerySet[Any], text: str, customers: Names, columns: tuple[str, ...]) -> set[int]:
    """The rows to rank. The second statement is needed only if the first is cut."""
    matching = having(rows, text, columns, customers).order_by().values_list("pk", flat=True)
    keys = set(matching[: RANKED + 1])
    return keys if len(keys) <= RANKED else keys.union(_first_by_name(rows, text, customers))


def _first_by_name(rows: QuerySet[Any], text: str, customers: Names) -> Iterable[int]:
    """The rows whose names begin with the text, or with its terms that name no customer.

    In order of their names, so that an exact one comes first. Thus the best hits are found even
    if more rows match than are ranked.
    """
    begins = Q(sortable_name__startswith=Upper(Value(text)))
    narrowed: defaultdict[str, list[int]] = defaultdict(list)
    for pk, name in customers.items():
        narrowed[without_customer(text, name)].append(pk)
    for rest, keys in narrowed.items():
        if rest and rest != text:
            begins |= Q(sortable_name__startswith=Upper(Value(rest)), customer__in=keys)
    named = rows.alias(sortable_name=sortable_name()).filter(begins)
    first: Iterable[int] = named.order_by("sortable_name", "pk").values_list("pk", flat=True)[
        :RANKED
    ]
    return first


def _ranked(hits: Iterable[Hit], text: str) -> list[Hit]:
    def order(hit: Hit) -> tuple[Rank, bool, str, str, int]:
        found = rank(hit.name, text, hit.customer)
        return found, hit.is_deleted, hit.name.casefold(), hit.customer.casefold(), hit.pk

    return sorted(hits, key=order)


def _jobs(scope: Scope, text: str, customers: Names, most: int) -> list[Hit]:
    """The job with this ID, then the latest ones whose customer and kind have every term."""
    # By its name in English, too, which stays the same in every language.
    names = {kind.name: f"{kind.label} {kind.name}" for kind in all_kinds()}
    wanted = Q()
    for term in text.split():
        kinds = [kind for kind, words in names.items() if has_term(words, term)]
        wanted &= Q(customer__in=customers_having(term, customers)) | Q(kind__in=kinds)
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID:
        wanted |= Q(pk=int(text))
    found = jobs_in(scope).filter(wanted).order_by("-pk").values_list(*JOB)[: most + 1]
    hits = [
        Hit(
            pk,
            str(pk),
            customer=customers.get(customer, ""),
            job_kind=str(label_of(kind)),
            job_status=status,
        )
        for pk, kind, status, customer in found
    ]
    return sorted(hits, key=lambda hit: hit.name != text)
