"""Opening a customer's tenant, and finding out what its credentials may do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.record import record
from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.models import Customer, host_policy
from workflow_mirror.customers.token_pace import BURST_FOR_PEOPLE, TokenPace
from workflow_mirror.customers.tokens import DatabaseTokenStore
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.errors import SafeError
from workflow_mirror.zuora.auth import MemoryTokenStore, TokenStore
from workflow_mirror.zuora.client import AnswerLimits, RetryPolicy, ZuoraClient
from workflow_mirror.zuora.definitions import Definition
from workflow_mirror.zuora.errors import (
    BadDataError,
    BaseUrlRefusedError,
    MissingPermissionError,
    NeedsAttentionError,
    NoExportPermissionError,
    TryAgainError,
    ZuoraError,
)


def open_client(
    customer: Customer,
    *,
    retry: RetryPolicy | None = None,
    tokens: TokenStore | None = None,
    token_pace: Callable[[], float] | None = None,
    on_request: Callable[[], None] = lambda: None,
) -> ZuoraClient:
    """A client of the customer's tenant; close it after use.

    Raises BaseUrlRefusedError and DecryptionError.
    """
    return ZuoraClient(
        customer.access(),
        tokens=tokens or DatabaseTokenStore(),
        token_pace=token_pace or TokenPace(),
        hosts=host_policy(),
        retry=retry,
        limits=AnswerLimits(
            seconds=settings.ZWM_REQUEST_SECONDS, size=int(settings.ZWM_MAX_ANSWER_MB * 2**20)
        ),
        on_request=on_request,
    )


@dataclass
class CredentialsReport:
    """Permissions of a customer's credentials: True allowed, False refused, None unknown.

    `error` is None when everything that a sync needs works; `problem` is its text. `is_refusal`
    is true if a user must fix the cause, and false if Zuora could not be reached.
    """

    token: bool | None = None
    list_workflows: bool | None = None
    export_workflows: bool | None = None
    entities: int | None = None
    error: SafeError | None = None
    is_refusal: bool = False

    @property
    def problem(self) -> str:
        return error_text(self.error) if self.error else ""

    @property
    def is_good(self) -> bool:
        return self.error is None

    def as_dict(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "list_workflows": self.list_workflows,
            "export_workflows": self.export_workflows,
            "entities": self.entities,
            "problem": self.problem,
            "is_refusal": self.is_refusal,
            "is_good": self.is_good,
        }


def check_credentials(customer: Customer) -> CredentialsReport:
    """Try the credentials, and keep on the customer whether they are refused."""
    report = try_credentials(customer)
    if report.is_good or report.is_refusal:
        remember_attention(customer, report.error)
    outcome = Outcome.DONE if report.is_good else Outcome.FAILED
    record(Action.CREDENTIALS_CHECKED, customer.name, customer_id=customer.pk, outcome=outcome)
    return report


def try_credentials(customer: Customer) -> CredentialsReport:
    """Try token, list and one export, and write nothing.

    At most three requests, each tried once: a user is waiting for the result. The token is new,
    since a shared token may outlive the credentials it was fetched with.
    """
    report = CredentialsReport()
    try:
        with open_client(
            customer,
            retry=RetryPolicy(attempts=1),
            tokens=MemoryTokenStore(),
            token_pace=TokenPace(burst=BURST_FOR_PEOPLE),
        ) as client:
            _try_everything(client, report)
    except (ZuoraError, DecryptionError) as error:
        report.error = error
        report.is_refusal = isinstance(
            error, NeedsAttentionError | BaseUrlRefusedError | DecryptionError
        )
    return report


def remember_attention(customer: Customer, error: SafeError | None) -> None:
    """Store why Zuora rejects the customer's credentials; None: it accepts them."""
    note_attention(customer, error)
    # Not `save`, which would raise for a customer that was removed meanwhile.
    Customer.objects.filter(pk=customer.pk).update(
        needs_attention=customer.needs_attention,
        attention_details=customer.attention_details,
        credentials_checked_at=customer.credentials_checked_at,
        updated_at=customer.credentials_checked_at,
    )


def note_attention(customer: Customer, error: SafeError | None) -> None:
    """As `remember_attention`, for a customer that is about to be saved."""
    customer.needs_attention = error_text(error) if error else ""
    customer.attention_details = error_details(error) if error else None
    customer.credentials_checked_at = timezone.now()


def _try_everything(client: ZuoraClient, report: CredentialsReport) -> None:
    with _noting(report, "token"):
        report.entities = len(client.authenticate().entity_ids)
    with _noting(report, "list_workflows"):
        definitions = client.list_page(1).definitions
    if definitions:
        _try_export(client, definitions[0], report)


def _try_export(client: ZuoraClient, definition: Definition, report: CredentialsReport) -> None:
    try:
        with _noting(report, "export_workflows"):
            client.export_workflow(
                definition.zuora_id, has_active_version=definition.has_active_version
            )
    except MissingPermissionError as error:
        raise NoExportPermissionError(facts=error.facts) from error
    except (BadDataError, TryAgainError):
        return  # this one workflow cannot be exported now, which says nothing of the others


@contextmanager
def _noting(report: CredentialsReport, column: str) -> Iterator[None]:
    try:
        yield
    except NeedsAttentionError:
        setattr(report, column, False)
        raise
    setattr(report, column, True)
