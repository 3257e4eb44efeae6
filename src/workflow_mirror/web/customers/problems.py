"""What is wrong with a customer, each with the actions that mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow_mirror.access.scope import may
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import translated
from workflow_mirror.jobs.kinds import label_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.overview.health import Condition, Health
from workflow_mirror.web.customers.deletions import Missing, missing_in

SYNC = "customers.sync_customer"
CHECK = "customers.check_customer"
CHANGE = "customers.change_customer"
RETRY = "jobs.retry_jobrun"


@dataclass(frozen=True)
class Remedy:
    """An action beside a problem. One click posts it, unless it leads to a page first."""

    label: str | Promise
    icon: str
    url_name: str
    permission: str
    is_posted: bool = True
    url: str = ""


@dataclass(frozen=True)
class Problem:
    title: str
    reason: str = ""
    remedies: list[Remedy] = field(default_factory=list)
    job: JobRun | None = None
    missing: Missing | None = None


EDIT = Remedy(
    gettext_lazy("Edit"), "edit", "admin:customers_customer_edit", CHANGE, is_posted=False
)
EDIT_CREDENTIALS = Remedy(
    gettext_lazy("Edit credentials"), "edit", EDIT.url_name, CHANGE, is_posted=False
)
CHECK_CREDENTIALS = Remedy(
    gettext_lazy("Check credentials"), "key", "admin:customers_customer_try_credentials", CHECK
)
SYNC_NOW = Remedy(gettext_lazy("Sync now"), "sync", "admin:customers_customer_sync", SYNC)
RETRY_EXPORTS = Remedy(
    gettext_lazy("Retry failed exports"), "replay", "admin:customers_customer_retry_exports", SYNC
)
ALLOW = Remedy(
    gettext_lazy("Allow these deletions"),
    "delete_sweep",
    "admin:customers_customer_allow_deletions",
    SYNC,
    is_posted=False,
)
RETRY_JOB = Remedy(gettext_lazy("Retry"), "replay", "admin:jobs_jobrun_retry", RETRY)


def problems_of(
    request: HttpRequest, customer: Customer, condition: Condition, jobs: Sequence[JobRun]
) -> list[Problem]:
    """Worst first. `jobs` are those that failed or wait for a retry; failed exports are not here.

    Without the jobs, which the user may not see, the reason of the customer's health stands.
    """
    found = [*_of_customer(request, customer, condition)]
    found += [_of_job(request, customer, run) for run in jobs]
    if not found and condition.health == Health.FAILED:
        now = offered(request, customer.pk, SYNC_NOW)
        found = [Problem(str(condition.label), condition.reason, now)]
    return found


def offered(request: HttpRequest, pk: int, *remedies: Remedy) -> list[Remedy]:
    """Those that the user may use, with their addresses for the object with this key."""
    return [
        Remedy(**vars(one) | {"url": reverse(one.url_name, args=(pk,))})
        for one in remedies
        if may(request.user, one.permission)
    ]


def _of_customer(
    request: HttpRequest, customer: Customer, condition: Condition
) -> Iterator[Problem]:
    """What no job shows."""
    if not customer.is_active:
        yield Problem(
            _("Inactive"),
            _("Schedules and “Sync All Customers” skip this customer."),
            offered(request, customer.pk, EDIT),
        )
    if customer.needs_attention:
        yield Problem(
            _("Credentials rejected"),
            translated(customer.needs_attention, customer.attention_details),
            offered(request, customer.pk, EDIT_CREDENTIALS, CHECK_CREDENTIALS),
        )
    if condition.health in {Health.STALE, Health.NEVER_SYNCED}:
        reason = condition.reason or _("Nothing has been copied from Zuora yet.")
        now = offered(request, customer.pk, SYNC_NOW)
        yield Problem(str(condition.label), reason, now)


def _of_job(request: HttpRequest, customer: Customer, run: JobRun) -> Problem:
    """Of a failed job, or one that failed and will be tried again."""
    missing = missing_in(request, run)
    title = _("Failed: %(job)s") if run.status == JobRun.Status.FAILED else _("Will retry: %(job)s")
    return Problem(
        title % {"job": capfirst(str(label_of(run.kind)))},
        translated(run.error, run.error_details),
        (offered(request, customer.pk, ALLOW) if missing else [])
        + offered(request, run.pk, RETRY_JOB),
        run,
        missing,
    )
