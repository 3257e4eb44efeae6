"""The state of customers against their templates."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from workflow_mirror.access.scope import Scope
from workflow_mirror.compare.customers import CustomerKeys, in_order
from workflow_mirror.compare.models import Template
from workflow_mirror.compare.requests import request_comparison
from workflow_mirror.compare.result import ONLY_IN_SOURCE, ONLY_IN_TARGET, SAME, STATUSES
from workflow_mirror.compare.service import SLICE_SECONDS
from workflow_mirror.compare.summaries import Counts, computed_counts, known_counts
from workflow_mirror.customers.models import Customer

MOST_REQUESTED = 5
"""Jobs that one page requests."""


@dataclass(frozen=True)
class TemplateState:
    """`counts` are by status, with the template as the source; None while they are not known."""

    customer: int
    template: Customer
    counts: dict[str, int] | None

    @property
    def is_same(self) -> bool:
        return self.counts is not None and self.differing == 0

    @property
    def differing(self) -> int:
        counts = self.counts or {}
        return sum(counts.values()) - counts.get(SAME, 0)


def template_states(
    scope: Scope, customers: Iterable[int], requested_by: str
) -> dict[int, TemplateState]:
    """By customer, of those that have a template within the scope.

    What is not known is computed for a moment, and then requested as jobs.
    """
    templates = templates_of(scope, customers)
    pairs = {customer: in_order(customer, one.pk) for customer, one in templates.items()}
    known = _counts(scope, set(pairs.values()), requested_by)
    return {
        customer: TemplateState(
            customer, template, _from(pairs[customer], template.pk, known.get(pairs[customer]))
        )
        for customer, template in templates.items()
    }


def _counts(
    scope: Scope, pairs: set[CustomerKeys], requested_by: str
) -> dict[CustomerKeys, Counts]:
    found = known_counts(scope, pairs)
    end, requests = time.monotonic() + SLICE_SECONDS, 0
    for pair in sorted(pairs - found.keys()):
        counts = computed_counts(scope, pair) if time.monotonic() < end else None
        if counts is not None:
            found[pair] = counts
        elif requests < MOST_REQUESTED:
            requests += 1
            request_comparison(*pair, requested_by)
    return found


def templates_of(scope: Scope, customers: Iterable[int]) -> dict[int, Customer]:
    """The templates of these customers; both must be within the scope."""
    rows = scope.limit(scope.limit(Template.objects.all()), path="template")
    found = rows.filter(customer__in=list(customers)).select_related("template")
    found = found.defer("template__zuora_client_secret")
    return {row.customer_id: row.template for row in found}


def _from(pair: CustomerKeys, source: int, counts: Counts | None) -> Counts | None:
    """With this customer as the source."""
    if counts is None or source == pair[0]:
        return counts
    mirrored = {ONLY_IN_SOURCE: ONLY_IN_TARGET, ONLY_IN_TARGET: ONLY_IN_SOURCE}
    return {status: counts[mirrored.get(status, status)] for status in STATUSES}
