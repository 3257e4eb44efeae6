"""Adding, finding, changing and removing customers; every surface calls these."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.record import record
from workflow_mirror.customers.access import (
    CredentialsReport,
    note_attention,
    try_credentials,
)
from workflow_mirror.customers.errors import (
    CustomerError,
    InvalidCustomerError,
    NameTakenError,
    NotSavedError,
    RemovedMeanwhileError,
)
from workflow_mirror.customers.models import Customer
from workflow_mirror.errors import as_fact

_SECRET = "zuora_client_secret"  # noqa: S105 - a column's name
_ACCESS = {"zuora_base_url", "zuora_client_id", _SECRET, "zuora_entity_id", "zuora_org_ids"}
_EDITED = _ACCESS | {"name", "environment", "is_active"}
_VERDICT = ("needs_attention", "attention_details", "credentials_checked_at")


@dataclass(frozen=True)
class Belongings:
    """What goes when a customer goes: numbers of rows."""

    workflows: int
    tasks: int
    exports: int


def save_customer(customer: Customer) -> CredentialsReport:
    """Save a new or changed customer, unless Zuora refuses its new credentials.

    Raises what `examine` and `store` raise; then nothing is saved.
    """
    report = examine(customer)
    store(customer)
    return report


def examine(customer: Customer) -> CredentialsReport:
    """Whether a new or changed customer may be saved; checks its credentials, writes nothing.

    Saving is allowed if Zuora cannot be reached, or if it rejects credentials that the change did
    not touch: a customer with revoked credentials can be renamed or deactivated. The report has
    the reason. Raises InvalidCustomerError for an invalid value, CustomerError for a name that is
    taken or rejected credentials.
    """
    _validate(customer)
    has_new_access = _has_new_access(customer)
    # Before anything is written: no lock waits for Zuora's answer.
    report = try_credentials(customer)
    if report.error and report.is_refusal and has_new_access:
        changed, is_new = customer.changed_columns(), customer.pk is None
        _record(customer, changed, Outcome.REFUSED, is_new=is_new)
        raise NotSavedError(customer=customer.name, problem=as_fact(report.error))
    if report.is_good or report.is_refusal:
        note_attention(customer, report.error)
    return report


def store(customer: Customer) -> None:
    """Save the changes of an examined customer.

    Raises CustomerError if the name was taken or the customer removed in the meantime.
    """
    try:
        with transaction.atomic():
            if not customer.changed_columns() & _ACCESS:
                _leave_newer_verdict(customer)
            is_new, changed = customer.pk is None, customer.changed_columns()
            customer.save()
            _record(customer, changed, is_new=is_new)
    except IntegrityError as error:
        raise _name_is_taken(customer) from error
    except (Customer.DoesNotExist, Customer.NotUpdated) as error:
        raise RemovedMeanwhileError(customer=customer.name) from error


@transaction.atomic
def remove(customer: Customer) -> None:
    """Remove a customer and everything that is mirrored of it."""
    record(Action.CUSTOMER_REMOVED, customer.name, customer_id=customer.pk)
    # First the workflows, in the order of all that write them: a sync stores a workflow before
    # its tasks, while this deletes the tasks before the workflow.
    workflows = customer.workflows.order_by("pk").select_for_update(no_key=True)
    list(workflows.values_list("pk"))
    customer.delete()


def belongings(customer: Customer) -> Belongings:
    return Belongings(
        workflows=customer.workflows.count(),
        tasks=customer.workflows.aggregate(number=Count("tasks"))["number"],
        exports=customer.workflow_exports.count(),
    )


def describe(customer: Customer) -> dict[str, Any]:
    """A customer as data, without its credentials."""
    return {
        "id": customer.pk,
        "name": customer.name,
        "environment": customer.environment,
        "base_url": customer.zuora_base_url,
        "client_id": customer.zuora_client_id,
        "entity_id": customer.zuora_entity_id,
        "org_ids": customer.zuora_org_ids,
        "is_active": customer.is_active,
        "needs_attention": customer.needs_attention or None,
        "created_at": customer.created_at,
    }


def _record(
    customer: Customer, columns: set[str], outcome: Outcome = Outcome.DONE, *, is_new: bool
) -> None:
    """Of changed values only the names of their columns."""
    action = Action.CUSTOMER_ADDED if is_new else Action.CUSTOMER_CHANGED
    changed = [] if is_new else sorted(columns & _EDITED)
    if is_new or changed:
        record(action, customer.name, customer_id=customer.pk, outcome=outcome, changed=changed)


def _has_new_access(customer: Customer) -> bool:
    """Whether base URL or credentials have changed since loading; setting the secret counts."""
    return bool(customer.changed_columns() & _ACCESS)


def _leave_newer_verdict(customer: Customer) -> None:
    """Keep what others found out while we asked Zuora: they may have renewed the secret."""
    row = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk)
    if row.values_list("updated_at", flat=True).first() != customer.updated_at:
        customer.refresh_from_db(fields=_VERDICT)


def _validate(customer: Customer) -> None:
    try:
        # A stored secret that cannot be opened must not hinder the change of another column.
        unchanged = {_SECRET} - customer.changed_columns()
        customer.full_clean(exclude=unchanged, validate_unique=False)
    except ValidationError as error:
        problems = (
            (field, message)
            for field, messages in error.message_dict.items()
            for message in messages
        )
        raise InvalidCustomerError(
            "; ".join(
                message if field == "zuora_base_url" else f"{field}: {message}"
                for field, message in problems
            )
        ) from error
    if Customer.objects.filter(name=customer.name).exclude(pk=customer.pk).exists():
        raise _name_is_taken(customer)


def _name_is_taken(customer: Customer) -> CustomerError:
    return NameTakenError(customer=customer.name)
