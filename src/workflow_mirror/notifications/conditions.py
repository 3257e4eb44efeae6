"""Conditions that last: a stale mirror, no worker. Told when they begin and when they end.

They are noticed by whoever calls `check`: workers, the web process, `zwm schedule run`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from workflow_mirror.access.customers import active_customers
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.notifications.events import EVENTS, NO_WORKER, STALE
from workflow_mirror.notifications.models import (
    NotificationAlarm,
    NotificationEvent,
    NotificationItem,
    NotificationRule,
)
from workflow_mirror.notifications.recipients import may_know, wants
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.schedules.freshness import with_freshness

# An advisory lock. The locks of customers count from 1 in the lower bits, that of migrations is 0.
CHECK_LOCK = (0x5A574D << 40) | 0x4E4F5449

type Key = tuple[str, int | None]


@dataclass(frozen=True)
class Mirror:
    """How old the mirrors are. `last_good` has the facts of an event."""

    checked_at: datetime
    has_worker: bool
    fresh_at: dict[int, datetime] = field(default_factory=dict)
    last_good: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def check() -> None:
    """One of several processes at a time; the others leave it to that one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [CHECK_LOCK])
        [(is_ours,)] = cursor.fetchall()
    if not is_ours:
        return
    rules = _watching()
    NotificationAlarm.objects.exclude(rule__in=rules).delete()
    if rules:
        mirror = _look()
        for rule in rules:
            _compare(rule, mirror)


def _watching() -> list[NotificationRule]:
    found = NotificationRule.objects.filter(
        is_enabled=True, owner__is_active=True, events__overlap=[STALE, NO_WORKER]
    )
    found = found.select_related("owner__access").prefetch_related("customers", "alarms")
    return list(found)


def _look() -> Mirror:
    fresh_at, last_good = {}, {}
    customers: list[Any] = list(with_freshness(active_customers(EVERYTHING)))
    for customer in customers:
        moments = (customer.created_at, customer.last_good_at, customer.seen_at)
        fresh_at[customer.pk] = max(moment for moment in moments if moment)
        last_good[customer.pk] = customer.last_good_at.isoformat() if customer.last_good_at else ""
    is_alarm = bool(find_alarms(EVERYTHING, {Code.NO_WORKER}))
    return Mirror(timezone.now(), not is_alarm, fresh_at, last_good)


def _compare(rule: NotificationRule, mirror: Mirror) -> None:
    """Raise and end the alarms of a rule. One whose customer is no longer watched just goes."""
    raised: dict[Key, NotificationAlarm] = {
        (alarm.kind, alarm.customer_id): alarm for alarm in rule.alarms.all()
    }
    now = dict(_conditions(rule, mirror))
    for key, is_bad in now.items():
        if is_bad and key not in raised:
            NotificationAlarm.objects.create(rule=rule, kind=key[0], customer_id=key[1])
            _tell(rule, key[0], key[1], mirror)
        elif not is_bad and key in raised:
            _tell(rule, EVENTS[key[0]].recovery, key[1], mirror)
    over = [alarm.pk for key, alarm in raised.items() if not now.get(key)]
    NotificationAlarm.objects.filter(pk__in=over).delete()


def _conditions(rule: NotificationRule, mirror: Mirror) -> Iterator[tuple[Key, bool]]:
    """Whether each condition that the rule is about holds."""
    if NO_WORKER in rule.events:
        yield (NO_WORKER, None), not mirror.has_worker
    oldest = mirror.checked_at - timedelta(hours=rule.stale_hours)
    for pk, fresh_at in mirror.fresh_at.items():
        event = NotificationEvent(kind=STALE, customer_id=pk, created_at=mirror.checked_at)
        if wants(rule, event) and may_know(rule, event):
            yield (STALE, pk), fresh_at < oldest


def _tell(rule: NotificationRule, kind: str, customer_id: int | None, mirror: Mirror) -> None:
    facts = {"last_good_at": mirror.last_good[customer_id]} if customer_id else {}
    event = NotificationEvent.objects.create(
        kind=kind, at=mirror.checked_at, customer_id=customer_id, facts=facts, is_sorted=True
    )
    NotificationItem.objects.create(rule=rule, event=event)
