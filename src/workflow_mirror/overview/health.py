"""The health of customers, for the list of customers and the dashboard."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import translated
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.schedules.freshness import is_stale, with_freshness
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.workflows.models import Workflow

Status = JobRun.Status


class Health(IntEnum):
    """What needs attention most comes first."""

    REFUSED = 0
    FAILED = 1
    STALE = 2
    WITH_ERRORS = 3
    NEVER_SYNCED = 4
    SYNCING = 5
    GOOD = 6
    SWITCHED_OFF = 7


LABELS: dict[Health, str | Promise] = {
    Health.REFUSED: _("Credentials rejected"),
    Health.FAILED: _("Last sync failed"),
    Health.STALE: _("Stale"),
    Health.WITH_ERRORS: _("Failed exports"),
    Health.NEVER_SYNCED: _("Never synced"),
    Health.SYNCING: _("Syncing"),
    Health.GOOD: _("Healthy"),
    Health.SWITCHED_OFF: _("Inactive"),
}


@dataclass(frozen=True)
class Condition:
    """One customer at a glance."""

    health: Health
    reason: str
    workflows: int
    in_trouble: int
    last_good_at: datetime | None

    @property
    def label(self) -> str | Promise:
        return LABELS[self.health]


def customers_with_condition(scope: Scope) -> QuerySet[Customer]:
    """Customers that `condition_of` can tell of; each figure comes from an index.

    Reads the schedules at once, as `with_freshness` does.
    """
    syncs = JobRun.objects.filter(customer=OuterRef("pk"), kind__in=SYNC_KINDS)
    ended = syncs.filter(finished_at__isnull=False).exclude(status=Status.CANCELLED)
    current = syncs.filter(status__in=(Status.RUNNING, Status.RETRYING))
    # In one value, so that the run is looked up once.
    last_run = JSONObject(status="status", error="error", details="error_details")
    present = Workflow.objects.filter(customer=OuterRef("pk"), deleted_at=None)
    return with_freshness(customers_in(scope)).annotate(
        last_run=Subquery(ended.order_by("-finished_at").values(last_run=last_run)[:1]),
        current_run=Subquery(current.order_by("due_at").values(last_run=last_run)[:1]),
        workflow_count=_count(present),
        trouble_count=_count(present.exclude(export_error="")),
    )


def condition_of(customer: Any) -> Condition:
    """Of a customer that came through `customers_with_condition`."""
    health, reason = _health(customer)
    return Condition(
        health, reason, customer.workflow_count, customer.trouble_count, customer.last_good_at
    )


def _health(customer: Any) -> tuple[Health, str]:
    if not customer.is_active:
        return Health.SWITCHED_OFF, ""
    if customer.needs_attention:
        return Health.REFUSED, translated(customer.needs_attention, customer.attention_details)
    return _of_run(customer.last_run or customer.current_run or {}) or _of_mirror(customer)


def _of_run(run: dict[str, Any]) -> tuple[Health, str] | None:
    """None after a sync that did not fail. A first sync that is to be tried again has failed."""
    status = run.get("status")
    if status in {Status.FAILED, Status.RETRYING}:
        return Health.FAILED, translated(run["error"], run["details"])
    return (Health.SYNCING, "") if status == Status.RUNNING else None


def _of_mirror(customer: Any) -> tuple[Health, str]:
    if is_stale(customer):
        return Health.STALE, _since(customer.last_good_at)
    if customer.trouble_count:
        return Health.WITH_ERRORS, ""
    return (Health.GOOD if customer.last_good_at else Health.NEVER_SYNCED), ""


def _since(moment: datetime | None) -> str:
    if moment is None:
        return gettext("No successful sync yet")
    time = f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"
    return gettext("No successful sync since %(time)s") % {"time": time}


def _count(workflows: QuerySet[Workflow]) -> Coalesce:
    """Of rows, not of keys, which the indexes do not have: then only the index is read."""
    number = workflows.order_by().values("customer").annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(number), 0)
