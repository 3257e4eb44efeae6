"""Makes messages of the events that rules tell: one for all that is due, a digest or not."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from workflow_mirror.notifications.models import (
    NotificationDelivery,
    NotificationItem,
    NotificationRule,
)
from workflow_mirror.notifications.timing import tells_before


def pack_all(now: datetime) -> None:
    unpacked = NotificationItem.objects.filter(rule=OuterRef("pk"), delivery=None)
    waiting = NotificationRule.objects.filter(Exists(unpacked), is_enabled=True)
    for pk in waiting.values_list("pk", flat=True):
        _pack(pk, now)


@transaction.atomic
def _pack(rule_id: int, now: datetime) -> None:
    """The lock on the rule keeps two processes from making two messages of the same events."""
    found = NotificationRule.objects.filter(pk=rule_id).order_by()
    rule = found.select_for_update(skip_locked=True, no_key=True).first()
    before = tells_before(rule, now) if rule else None
    if rule is None or before is None:
        return
    items = NotificationItem.objects.filter(rule=rule, delivery=None, created_at__lte=before)
    number = items.count()
    if number:
        made = NotificationDelivery.objects.create(rule=rule, due_at=now, number=number)
        items.update(delivery=made)
