"""Opening a customer's tenant, and finding out what its credentials may do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone

from workflow_mirror.customers.models import Customer, host_policy
from workflow_mirror.customers.tokens import DatabaseTokenStore
from workflow_mirror.zuora.client import RetryPolicy, ZuoraClient
from workflow_mirror.zuora.definitions import Definition
from workflow_mirror.zuora.errors import (
    BaseUrlRefusedError,
    MissingPermissionError,
    NeedsAttentionError,
    NotFoundError,
    TryAgainError,
    ZuoraError,
)


def open_client(
    customer: Customer,
    *,
    retry: RetryPolicy | None = None,
    on_request: Callable[[], None] = lambda: None,
) -> ZuoraClient:
    """A client of the customer's tenant; close it after use.

    Raises BaseUrlRefusedError and DecryptionError.
    """
    return ZuoraClient(
        customer.access(),
        tokens=DatabaseTokenStore(),
        hosts=host_policy(),
        retry=retry,
        on_request=on_request,
    )


@dataclass
class CredentialsReport:
    """What a customer's credentials may do; None: not found out.

    `problem` is empty when everything that a sync needs works. `is_refusal` tells a refusal by
    Zuora, which only a person can mend, from a Zuora that could not be reached.
    """

    token: bool | None = None
    list_workflows: bool | None = None
    export_workflows: bool | None = None
    entities: int | None = None
    problem: str = ""
    is_refusal: bool = False

    @property
    def is_good(self) -> bool:
        return not self.problem

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "is_good": self.is_good}


def check_credentials(customer: Customer) -> CredentialsReport:
    """Try token, list and one export, and remember a refusal on the customer.

    Three requests at most, each tried once: somebody is waiting for the answer.
    """
    report = CredentialsReport()
    try:
        with open_client(customer, retry=RetryPolicy(attempts=1)) as client:
            _try_everything(client, report)
    except ZuoraError as error:
        report.problem = str(error)
        report.is_refusal = isinstance(error, NeedsAttentionError | BaseUrlRefusedError)
    if report.is_good or report.is_refusal:
        remember_attention(customer, report.problem)
    return report


def remember_attention(customer: Customer, problem: str) -> None:
    """Mark the customer as refused by Zuora, or as well again where `problem` is empty."""
    customer.needs_attention = problem
    customer.credentials_checked_at = timezone.now()
    if customer.pk is not None:
        customer.save(update_fields=["needs_attention", "credentials_checked_at", "updated_at"])


def _try_everything(client: ZuoraClient, report: CredentialsReport) -> None:
    report.token = False
    token = client.authenticate()
    report.token, report.entities = True, len(token.entity_ids)
    report.list_workflows = False
    first_page = client.list_page(1)
    report.list_workflows = True
    if first_page.definitions:
        report.export_workflows = _may_export(client, first_page.definitions[0])


def _may_export(client: ZuoraClient, definition: Definition) -> bool | None:
    try:
        client.export_workflow(
            definition.zuora_id, has_active_version=definition.has_active_version
        )
    except MissingPermissionError as error:
        raise MissingPermissionError(
            "Zuora lets this user list workflows but not export them; its role needs Workflow"
            " View Access, in some tenants Workflow Manage Access",
            facts=error.facts,
        ) from error
    except (NotFoundError, TryAgainError):
        return None
    return True
