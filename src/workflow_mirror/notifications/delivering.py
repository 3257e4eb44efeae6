"""Sends one message and records what became of it: at least once.

A message is claimed by moving its next attempt into the future, then sent, then marked as
delivered. If the process is killed in between, the claim runs out and the message is sent again
with the same Message-ID or webhook-id: nothing is lost, and a receiver that has it already can
tell. Only in this gap, between the receiver's acceptance and our commit, can a message arrive
twice.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from workflow_mirror.access.scope import may
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.notifications import mail, webhook
from workflow_mirror.notifications.errors import (
    AttemptsLostError,
    NothingLeftError,
    NoWebhookPermissionError,
    WebhookGoneError,
)
from workflow_mirror.notifications.messages import compose, language_of
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.timing import quiet_end
from workflow_mirror.outgoing.errors import SendingError

log = structlog.get_logger(__name__)

State = NotificationDelivery.State
Channel = NotificationRule.Channel

WEBHOOK_PERMISSION = "notifications.webhook_notificationrule"
CLAIM = timedelta(minutes=2)
"""Longer than any attempt takes."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""Between attempts: a receiver may be away for 22 hours."""
MOST_ATTEMPTS = len(PAUSES) + 1


def due(now: datetime) -> QuerySet[NotificationDelivery]:
    return NotificationDelivery.objects.filter(state=State.WAITING, due_at__lte=now)


def deliver(delivery_id: int) -> str:
    """Send it if it is due and nobody else does; the state that it has then."""
    delivery = _claim(delivery_id)
    if delivery is None:
        found = NotificationDelivery.objects.filter(pk=delivery_id)
        return found.values_list("state", flat=True).first() or State.CANCELLED
    if quiet := None if delivery.is_test else quiet_end(delivery.rule, timezone.now()):
        _record(delivery, due_at=quiet, attempts=delivery.attempts - 1)
        return State.WAITING
    try:
        if delivery.attempts > MOST_ATTEMPTS:
            raise AttemptsLostError
        _send(delivery)
    except NothingLeftError as error:
        _end(delivery, State.CANCELLED, error)
        return State.CANCELLED
    except SendingError as error:
        return _failed(delivery, error)
    _end(delivery, State.DELIVERED, None)
    _note_at_rule(delivery.rule, None)
    return State.DELIVERED


def _claim(delivery_id: int) -> NotificationDelivery | None:
    now = timezone.now()
    mine = due(now).filter(pk=delivery_id)
    if not mine.update(due_at=now + CLAIM, attempts=F("attempts") + 1):
        return None
    found = NotificationDelivery.objects.select_related("rule__owner__access")
    return found.filter(pk=delivery_id).first()


def _send(delivery: NotificationDelivery) -> None:
    channel = {Channel.MAIL: mail.send, Channel.WEBHOOK: webhook.send}[
        Channel(delivery.rule.channel)
    ]
    is_webhook = delivery.rule.channel == Channel.WEBHOOK
    if is_webhook and not may(delivery.rule.owner, WEBHOOK_PERMISSION):
        raise NoWebhookPermissionError
    with language_of(delivery.rule):
        channel(delivery, compose(delivery))


def _failed(delivery: NotificationDelivery, error: SendingError) -> str:
    log.warning("Notification not delivered", delivery=delivery.pk, reason=error_text(error))
    _note_at_rule(delivery.rule, error)
    if isinstance(error, WebhookGoneError):
        _disable(delivery.rule, error)
    if error.is_temporary and not delivery.is_test and delivery.attempts < MOST_ATTEMPTS:
        pause = PAUSES[delivery.attempts - 1]
        _record(delivery, due_at=timezone.now() + pause, **_columns(error))
        return State.WAITING
    _end(delivery, State.FAILED, error)
    return State.FAILED


@transaction.atomic
def _disable(rule: NotificationRule, error: SendingError) -> None:
    """Its other messages would meet the same; they can be sent again once the rule is mended."""
    NotificationRule.objects.filter(pk=rule.pk).update(is_enabled=False)
    owner = rule.owner.get_username()
    record(Action.NOTIFICATION_RULE_DISABLED, rule.name, owner=owner, reason=error_text(error))
    waiting = NotificationDelivery.objects.filter(rule=rule, state=State.WAITING)
    waiting.update(state=State.FAILED, ended_at=timezone.now(), **_columns(error))


def _end(delivery: NotificationDelivery, state: str, error: SendingError | None) -> None:
    _record(delivery, state=state, ended_at=timezone.now(), **_columns(error))


def _record(delivery: NotificationDelivery, **columns: object) -> None:
    """Not if another process has claimed it since: this one was frozen for too long."""
    ours = NotificationDelivery.objects.filter(
        pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts
    )
    ours.update(**columns)


def _note_at_rule(rule: NotificationRule, error: SendingError | None) -> None:
    NotificationRule.objects.filter(pk=rule.pk).update(**_columns(error))


def _columns(error: SendingError | None) -> dict[str, object]:
    if error is None:
        return {"error": "", "error_details": None}
    return {"error": error_text(error), "error_details": error_details(error)}
