"""Changes rules, for every user interface."""

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record
from workflow_mirror.notifications import webhook
from workflow_mirror.notifications.delivering import deliver
from workflow_mirror.notifications.errors import (
    MailAddressError,
    NameNotPrintableError,
    NoEventsError,
    NoMailAddressError,
    QuietHoursError,
    RuleTimezoneError,
    TooManyOwnRulesError,
    TooManyTestsError,
)
from workflow_mirror.notifications.events import EVENTS
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.outgoing.urls import check_url

State = NotificationDelivery.State
Channel = NotificationRule.Channel

MOST_RULES = 50
MOST_TESTS = 10
"""An hour, for each owner: a rule may name anybody's address."""


def examine(rule: NotificationRule) -> None:
    """Normalize the rule, and check what its form cannot.

    Raises InvalidRuleError, and UrlError for the URL of a webhook.
    """
    rule.name = rule.name.strip()
    rule.events = [name for name in EVENTS if name in rule.events]
    if not rule.name.isprintable():
        raise NameNotPrintableError
    if not rule.events:
        raise NoEventsError
    if rule.timezone not in available_timezones():
        raise RuleTimezoneError
    if (rule.quiet_from is None) != (rule.quiet_until is None):
        raise QuietHoursError
    if rule.quiet_from is not None and rule.quiet_from == rule.quiet_until:
        raise QuietHoursError
    if rule.channel == Channel.MAIL:
        _examine_mail(rule)
    else:
        check_url(rule.webhook_url)
        webhook.key_of(rule.webhook_secret)
    _examine_number(rule)


def _examine_mail(rule: NotificationRule) -> None:
    rule.mail_to = rule.mail_to.strip()
    if not rule.mail_to:
        raise NoMailAddressError
    try:
        validate_email(rule.mail_to)
    except ValidationError as error:
        raise MailAddressError from error
    if not (rule.mail_to.isascii() and rule.mail_to.isprintable()):
        raise MailAddressError


def _examine_number(rule: NotificationRule) -> None:
    others = NotificationRule.objects.filter(owner=rule.owner_id).exclude(pk=rule.pk)
    if rule.pk is None and others.count() >= MOST_RULES:
        raise TooManyOwnRulesError(number=MOST_RULES)


@transaction.atomic
def save_rule(rule: NotificationRule, *also_changed: str) -> None:
    """A rule that was off tells only of what happens from now on.

    `also_changed` names what the caller saves besides the columns, for the audit log.
    """
    was_on = NotificationRule.objects.filter(pk=rule.pk, is_enabled=True).exists()
    is_new, changed = rule.pk is None, sorted({*rule.changed_columns(), *also_changed})
    rule.error, rule.error_details = "", None
    rule.save()
    if is_new:
        _record(Action.NOTIFICATION_RULE_ADDED, rule)
    elif changed:
        _record(Action.NOTIFICATION_RULE_CHANGED, rule, changed=changed)
    if not rule.is_enabled:
        _drop(rule)
    elif not was_on:
        NotificationRule.objects.filter(pk=rule.pk).update(enabled_at=Now())


@transaction.atomic
def switch(rule: NotificationRule, *, on: bool) -> None:
    """What was not told yet when it is turned off is never told."""
    rule.is_enabled = on
    changed = {"is_enabled": on, "updated_at": timezone.now()}
    if on:
        changed |= {"enabled_at": Now(), "error": "", "error_details": None}
    else:
        _drop(rule)
    NotificationRule.objects.filter(pk=rule.pk).update(**changed)
    _record(Action.NOTIFICATION_RULE_ENABLED if on else Action.NOTIFICATION_RULE_DISABLED, rule)


@transaction.atomic
def remove(rule: NotificationRule) -> None:
    _record(Action.NOTIFICATION_RULE_REMOVED, rule)
    rule.delete()


def send_test(rule: NotificationRule) -> NotificationDelivery:
    """Send a test message now, once; the delivery tells how it went. Raises TooManyTestsError."""
    since = timezone.now() - timedelta(hours=1)
    made = NotificationDelivery.objects.filter(
        rule__owner=rule.owner_id, is_test=True, created_at__gte=since
    )
    if made.count() >= MOST_TESTS:
        raise TooManyTestsError(number=MOST_TESTS)
    delivery = NotificationDelivery.objects.create(
        rule=rule, is_test=True, due_at=timezone.now(), number=1
    )
    _record(Action.NOTIFICATION_TESTED, rule, delivery=delivery.pk)
    deliver(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def _record(action: Action, rule: NotificationRule, **details: Any) -> None:
    record(action, rule.name, owner=rule.owner.get_username(), **details)


def _drop(rule: NotificationRule) -> None:
    rule.items.filter(delivery=None).delete()
    rule.alarms.all().delete()
    rule.deliveries.filter(state=State.WAITING).update(
        state=State.CANCELLED, ended_at=timezone.now()
    )
