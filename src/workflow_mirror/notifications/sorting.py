"""Gives each event to the rules that are about it: once, whenever a process is killed."""

from django.db import transaction

from workflow_mirror.notifications.models import (
    NotificationEvent,
    NotificationItem,
    NotificationRule,
)
from workflow_mirror.notifications.recipients import may_know, wants

MOST_AT_ONCE = 1_000


def sort_all() -> None:
    while sort_some() == MOST_AT_ONCE:
        pass


@transaction.atomic
def sort_some() -> int:
    """How many events were sorted. What no rule tells is deleted.

    An event that another process has locked is being sorted there.
    """
    unsorted = NotificationEvent.objects.filter(is_sorted=False).order_by("pk")
    events = list(unsorted.select_for_update(skip_locked=True)[:MOST_AT_ONCE])
    if not events:
        return 0
    items = [
        NotificationItem(rule=rule, event=event)
        for rule in _rules()
        for event in events
        if wants(rule, event) and may_know(rule, event)
    ]
    NotificationItem.objects.bulk_create(items, ignore_conflicts=True)
    told = {item.event_id for item in items}
    untold = [event.pk for event in events if event.pk not in told]
    NotificationEvent.objects.filter(pk__in=told).update(is_sorted=True)
    NotificationEvent.objects.filter(pk__in=untold).delete()
    return len(events)


def _rules() -> list[NotificationRule]:
    enabled = NotificationRule.objects.filter(is_enabled=True, owner__is_active=True)
    return list(enabled.select_related("owner__access").prefetch_related("customers"))
