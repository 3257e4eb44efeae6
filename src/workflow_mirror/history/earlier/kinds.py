"""The kind of job that fetches earlier versions, and when it is requested.

Registered at every start, so what it needs to work is imported when it does.
"""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.history.earlier.errors import CustomerBusyError
from workflow_mirror.jobs.kinds import Kind, Priority
from workflow_mirror.jobs.work import Work
from workflow_mirror.zuora.errors import TryAgainError


def request_if_needed(customer: Customer) -> None:
    """Queue a job if versions are missing and today's budget is not spent."""
    from workflow_mirror.history.earlier import budget
    from workflow_mirror.history.earlier.missing import find_missing
    from workflow_mirror.jobs.requests import Wanted, request

    if budget.left(customer) and find_missing(customer):
        wanted = Wanted(f"earlier-versions-{customer.pk}", customer.pk)
        request(EARLIER_VERSIONS, [wanted], requested_by="sync", priority=Priority.BACKGROUND)


def _fetch(work: Work) -> None:
    from workflow_mirror.history.earlier.fetch import fetch_earlier_versions

    fetch_earlier_versions(work)


EARLIER_VERSIONS = Kind(
    name="earlier_versions",
    title="fetch earlier versions",
    label=_("earlier versions"),
    handler=_fetch,
    tries=lambda: settings.ZWM_SYNC_TRIES,
    backoff=lambda: timedelta(seconds=settings.ZWM_SYNC_BACKOFF),
    temporary=(TryAgainError,),
    busy=(CustomerBusyError,),
)
