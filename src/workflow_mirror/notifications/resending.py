"""Sending a message again, on demand."""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record
from workflow_mirror.notifications.errors import NothingToResendError
from workflow_mirror.notifications.models import NotificationDelivery

State = NotificationDelivery.State


def resend(delivery: NotificationDelivery) -> None:
    """Queue it again, as a new message with attempts of its own. Raises NothingToResendError."""
    with transaction.atomic():
        _queue_again(delivery)
        owner = delivery.rule.owner.get_username()
        record(Action.NOTIFICATION_RESENT, delivery.rule.name, owner=owner, delivery=delivery.pk)


def _queue_again(delivery: NotificationDelivery) -> None:
    ended = NotificationDelivery.objects.filter(
        pk=delivery.pk, is_test=False, state__in=(State.FAILED, State.DELIVERED)
    )
    changed = ended.update(
        state=State.WAITING,
        key=uuid4(),
        attempts=0,
        due_at=timezone.now(),
        ended_at=None,
        error="",
        error_details=None,
    )
    if not changed:
        raise NothingToResendError(id=delivery.pk, status=State(delivery.state).label)
