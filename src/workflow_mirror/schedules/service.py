"""Changes schedules and starts due ones, for every user interface."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.exceptions import ObjectNotUpdated
from django.db import IntegrityError, transaction
from django.utils import timezone

from workflow_mirror.access.scope import Scope
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.actors import Actor, acting
from workflow_mirror.audit.record import record
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.outgoing.urls import check_url
from workflow_mirror.schedules import cron, good_runs, heartbeats
from workflow_mirror.schedules.errors import (
    CronError,
    NamelessScheduleError,
    ScheduleNameNotPrintableError,
    ScheduleNameTakenError,
    ScheduleNameTooLongError,
    UnknownScheduleError,
)
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.scoped import schedules_in
from workflow_mirror.sync.requests import Answer, Options, request_syncs

log = structlog.get_logger(__name__)

# Hundreds of customers do not start in one second. Their last starts before half of the time until
# the next slot is over.
BETWEEN_STARTS = timedelta(seconds=1)
MAX_NAME_LENGTH = 200  # of Schedule.name
HEARTBEAT = "heartbeat_url"
EDITED = {"name", "cron", "timezone", "all_customers", "full", "is_enabled", HEARTBEAT}
SAVED = (
    "name",
    "cron",
    "timezone",
    "all_customers",
    "full",
    "is_enabled",
    "next_run_at",
    "updated_at",
)


def save_schedule(schedule: Schedule, customers: list[Customer] | None = None) -> None:
    """Save a new or changed schedule, with its next slot; `customers` replaces those it had.

    Raises what `examine` raises, and ScheduleError for a name that is taken; then nothing is saved.
    """
    examine(schedule)
    is_new, changed = schedule.pk is None, schedule.changed_columns() & EDITED
    try:
        with transaction.atomic():
            # The scheduler may have written last_run_at meanwhile.
            schedule.save(update_fields=_saved(schedule, changed) if schedule.pk else None)
            if customers is not None:
                schedule.customers.set(customers)
                changed |= {"customers"}
            record_change(schedule, changed, is_new=is_new)
    except ObjectNotUpdated as error:  # removed in the meantime
        raise UnknownScheduleError(schedule.name) from error
    except IntegrityError as error:
        raise ScheduleNameTakenError(schedule=schedule.name) from error
    except Schedule.NotUpdated as error:  # it has been removed meanwhile
        raise UnknownScheduleError(schedule.name) from error


def _saved(schedule: Schedule, changed: set[str]) -> tuple[str, ...]:
    """The columns to save. A new heartbeat URL has not failed yet."""
    if HEARTBEAT not in changed:
        return SAVED  # the stored one may be undecryptable
    schedule.heartbeat_at, schedule.heartbeat_error, schedule.heartbeat_details = None, "", None
    return (*SAVED, HEARTBEAT, "heartbeat_at", "heartbeat_error", "heartbeat_details")


def record_change(schedule: Schedule, changed: Iterable[str], *, is_new: bool = False) -> None:
    """`changed` names columns."""
    names = sorted(changed)
    if is_new:
        record(Action.SCHEDULE_ADDED, schedule.name)
    elif names == ["is_enabled"]:
        is_on = schedule.is_enabled
        record(Action.SCHEDULE_ENABLED if is_on else Action.SCHEDULE_DISABLED, schedule.name)
    elif names:
        record(Action.SCHEDULE_CHANGED, schedule.name, changed=names)


@transaction.atomic
def remove(schedule: Schedule) -> None:
    record(Action.SCHEDULE_REMOVED, schedule.name)
    schedule.delete()


def examine(schedule: Schedule) -> None:
    """Normalize name and cron expression, and set the next slot. Writes nothing.

    Raises InvalidScheduleError for values that no schedule can have, and UrlError for a heartbeat
    URL that cannot be called.
    """
    schedule.name, schedule.cron = schedule.name.strip(), " ".join(schedule.cron.split())
    if not schedule.name:
        raise NamelessScheduleError
    if not schedule.name.isprintable():
        raise ScheduleNameNotPrintableError
    if len(schedule.name) > MAX_NAME_LENGTH:
        raise ScheduleNameTooLongError(number=MAX_NAME_LENGTH)
    if HEARTBEAT in schedule.changed_columns() and schedule.has_heartbeat:
        check_url(schedule.heartbeat_url)
    following = cron.next_after(schedule.cron, schedule.timezone, timezone.now())
    schedule.next_run_at = following if schedule.is_enabled else None


def switch(schedule: Schedule, *, on: bool) -> None:
    """Enable or disable it. Raises CronError where it cannot be enabled."""
    schedule.is_enabled = on
    if on:
        save_schedule(schedule)
    else:  # also where the stored expression is invalid
        schedule.next_run_at = None
        with transaction.atomic():
            schedule.save(update_fields=("is_enabled", "next_run_at", "updated_at"))
            record_change(schedule, ["is_enabled"])


def run_due(now: datetime | None = None) -> int:
    """Queue the syncs of every due schedule; the number of schedules.

    Each slot is taken in one transaction with its jobs, so that two schedulers never take it
    twice. Slots missed while no scheduler ran become one run; the next slot is computed from now.
    """
    now = now or timezone.now()
    due = Schedule.objects.filter(is_enabled=True, next_run_at__lte=now)
    number = 0
    for pk, name in due.values_list("pk", "name"):
        with acting(Actor(f"schedule {name}")):
            number += _run_if_due(pk, now)
    return number


@transaction.atomic
def run_now(schedule: Schedule, requested_by: str) -> Answer:
    """Queue its syncs at once, on or off; its next slot stays. An empty answer: no customers."""
    Schedule.objects.filter(pk=schedule.pk).update(last_run_at=timezone.now())
    return _request_syncs(schedule, requested_by)


def scope(schedule: Schedule) -> list[Customer]:
    """The active customers that it syncs."""
    customers = Customer.objects if schedule.all_customers else schedule.customers
    return list(customers.filter(is_active=True))


def list_schedules(scope: Scope) -> list[dict[str, Any]]:
    """All schedules in the scope, as `describe` has them."""
    return [describe(one) for one in schedules_in(scope).prefetch_related("customers")]


def describe(schedule: Schedule) -> dict[str, Any]:
    """As JSON has it. `next_runs`: the next three slots in UTC, also of a disabled schedule;
    `error`: why a stored schedule is invalid, else None.
    """
    chosen = None if schedule.all_customers else [one.name for one in schedule.customers.all()]
    now = timezone.now()
    error = cron.error_of(schedule.cron, schedule.timezone, now)
    return {
        "name": schedule.name,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "words": cron.in_words(schedule.cron),
        "customers": chosen,
        "full": schedule.full,
        "enabled": schedule.is_enabled,
        "last_run_at": schedule.last_run_at,
        "next_run_at": schedule.next_run_at,
        "next_runs": cron.next_slots(schedule.cron, schedule.timezone, now),
        "error": str(error) if error else None,
        "heartbeat": heartbeats.describe(schedule),
    }


@transaction.atomic
def _run_if_due(pk: int, now: datetime) -> bool:
    due = Schedule.objects.filter(pk=pk, is_enabled=True, next_run_at__lte=now)
    schedule = due.select_for_update(skip_locked=True).first()
    if schedule is None:
        return False
    try:
        schedule.next_run_at = cron.next_after(schedule.cron, schedule.timezone, now)
    except CronError as error:  # it was valid when it was saved: a time zone may be given up
        log.error("Schedule switched off", schedule=schedule.name, reason=str(error))  # noqa: TRY400 - the reason says it all
        switch(schedule, on=False)
        return False
    schedule.last_run_at = now
    schedule.save(update_fields=("last_run_at", "next_run_at", "updated_at"))
    answer = _request_syncs(
        schedule,
        f"schedule {schedule.name}",
        within=(schedule.next_run_at - now) / 2,
        priority=Priority.SCHEDULE,
    )
    log.info("Schedule started", schedule=schedule.name, jobs=len(answer.jobs))
    return True


def _request_syncs(
    schedule: Schedule,
    requested_by: str,
    within: timedelta = timedelta.max,
    *,
    priority: Priority = Priority.PEOPLE,
) -> Answer:
    customers = scope(schedule)
    if not customers:
        return Answer([], None)
    answer = request_syncs(
        customers,
        requested_by=requested_by,
        options=Options(full=schedule.full),
        spread=min(BETWEEN_STARTS * len(customers), within),
        priority=priority,
    )
    good_runs.expect(schedule, [job.id for job in answer.jobs])
    return answer
