"""Sending a message again, on demand."""

from uuid import uuid4

from django.utils import timezone

from workflow_mirror.notifications.errors import NothingToResendError
from workflow_mirror.notifications.models import NotificationDelivery

State = NotificationDelivery.State


def resend(delivery: NotificationDelivery) -> None:
    """Queue it again, as a new message with attempts of its own. Raises NothingToResendError."""
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
