"""Changing what users settle for two customers: rules, links and templates.

Each function takes the user's scope; a customer outside of it is refused like one that is not
there. The caller checks the permission.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record
from workflow_mirror.compare.customers import in_order
from workflow_mirror.compare.errors import (
    DuplicateRuleError,
    LinkTakenError,
    NotAPairError,
    SameCustomerError,
    TooManyRulesError,
)
from workflow_mirror.compare.models import (
    CustomerPair,
    ExpectedDifference,
    Template,
    WorkflowLink,
)
from workflow_mirror.compare.rules import checked
from workflow_mirror.customers.errors import UnknownCustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import workflows_in
from workflow_mirror.workflows.secrets import masked

MANAGE = "compare.manage_comparisons"
MOST_RULES = 500
MOST_LISTED = 100
"""Pairs of customers that were compared before."""


def rules_in(scope: Scope) -> QuerySet[ExpectedDifference]:
    found = ExpectedDifference.objects.select_related("pair__first", "pair__second")
    return scope.limit(scope.limit(found, "pair__first"), "pair__second")


def links_in(scope: Scope) -> QuerySet[WorkflowLink]:
    found = WorkflowLink.objects.select_related("pair__first", "pair__second")
    return scope.limit(scope.limit(found, "pair__first"), "pair__second")


def templates_in(scope: Scope) -> QuerySet[Template]:
    found = Template.objects.select_related("customer", "template")
    return scope.limit(scope.limit(found), "template")


def compared_before(scope: Scope) -> list[tuple[Customer, Customer]]:
    """Customers with rules or links, or a template and its customer, which comes second."""
    settled = CustomerPair.objects.filter(
        Exists(_of(ExpectedDifference)) | Exists(_of(WorkflowLink))
    )
    settled = scope.limit(scope.limit(settled, "first"), "second")
    found = {
        (row.template_id, row.customer_id): (row.template, row.customer)
        for row in templates_in(scope)
    }
    for pair in settled.select_related("first", "second"):
        keys = pair.first_id, pair.second_id
        if keys not in found and keys[::-1] not in found:
            found[keys] = pair.first, pair.second
    return sorted(found.values(), key=lambda both: (both[0].name, both[1].name))[:MOST_LISTED]


def _of(model: type[ExpectedDifference | WorkflowLink]) -> QuerySet[Any]:
    return model._default_manager.filter(pair=OuterRef("pk"))  # noqa: SLF001 - Django's name for it


def of_pair[M: (ExpectedDifference, WorkflowLink)](
    rows: QuerySet[M], source: int, target: int
) -> QuerySet[M]:
    first, second = in_order(source, target)
    return rows.filter(pair__first=first, pair__second=second)


def add_rule(  # noqa: PLR0913 - all by keyword
    scope: Scope,
    *,
    source: int,
    target: int,
    kind: str,
    source_text: str,
    target_text: str,
    by: str,
) -> ExpectedDifference:
    """Raises InvalidRuleError, DuplicateRuleError, TooManyRulesError; see `_pair`."""
    rule = checked(kind, source_text, target_text)
    pair = _pair(scope, source, target)
    if pair.first_id != source:
        rule = rule.turned
    if pair.rules.count() >= MOST_RULES:
        raise TooManyRulesError(most=MOST_RULES)
    try:
        with transaction.atomic():
            stored = pair.rules.create(
                kind=rule.kind, first_text=rule.source, second_text=rule.target, created_by=by
            )
            _record_rule(Action.RULE_ADDED, stored)
    except IntegrityError as error:
        raise DuplicateRuleError from error
    return stored


@transaction.atomic
def remove_rule(rule: ExpectedDifference) -> None:
    _record_rule(Action.RULE_REMOVED, rule)
    rule.delete()


def _record_rule(action: Action, rule: ExpectedDifference) -> None:
    first, second = masked(rule.first_text), masked(rule.second_text)
    record(action, _name(rule.pair), kind=rule.kind, first=first, second=second)


def _name(pair: CustomerPair) -> str:
    return f"{pair.first.name} / {pair.second.name}"


def link(scope: Scope, source: Workflow, target: Workflow, by: str) -> WorkflowLink:
    """Declare two workflows a pair. Raises LinkTakenError, NotAPairError; see `_pair`."""
    for workflow in (source, target):
        if not workflows_in(scope).filter(pk=workflow.pk, deleted_at=None).exists():
            raise NotAPairError
    pair = _pair(scope, source.customer_id, target.customer_id)
    first, second = sorted((source, target), key=lambda one: one.customer_id)
    ids = {"first_zuora_id": first.zuora_id, "second_zuora_id": second.zuora_id}
    try:
        with transaction.atomic():
            found, is_new = pair.links.get_or_create(**ids, defaults={"created_by": by})
            if is_new:
                _record_link(Action.WORKFLOWS_LINKED, found)
    except IntegrityError as error:
        raise LinkTakenError from error
    return found


@transaction.atomic
def unlink(link: WorkflowLink) -> None:
    _record_link(Action.WORKFLOWS_UNLINKED, link)
    link.delete()


def _record_link(action: Action, link: WorkflowLink) -> None:
    first, second = link.first_zuora_id, link.second_zuora_id
    record(action, _name(link.pair), first=first, second=second)


@transaction.atomic
def set_template(scope: Scope, customer: int, template: int | None) -> None:
    """None: it has none any more. Raises SameCustomerError, UnknownCustomerError."""
    if customer == template:
        raise SameCustomerError
    _check(scope, {customer} if template is None else {customer, template})
    if template is None:
        # A template outside of the scope is not seen, so it is not removed either.
        known = templates_in(scope).filter(customer=customer).first()
        if known is not None:
            record(Action.TEMPLATE_REMOVED, known.customer.name, template=known.template.name)
            known.delete()
        return
    stored, _ = Template.objects.update_or_create(
        customer_id=customer, defaults={"template_id": template}
    )
    record(Action.TEMPLATE_SET, stored.customer.name, template=stored.template.name)


def _pair(scope: Scope, one: int, two: int) -> CustomerPair:
    """Raises SameCustomerError, and UnknownCustomerError for one outside of the scope."""
    if one == two:
        raise SameCustomerError
    _check(scope, {one, two})
    first, second = in_order(one, two)
    pair, _ = CustomerPair.objects.get_or_create(first_id=first, second_id=second)
    return pair


def _check(scope: Scope, customers: set[int]) -> None:
    known = set(customers_in(scope).filter(pk__in=customers).values_list("pk", flat=True))
    if known != customers:
        raise UnknownCustomerError(sorted(map(str, customers - known)))
