"""Rules and messages: one's own; those of all users for whoever may manage them."""

from typing import Any

from django.db.models import QuerySet

from workflow_mirror.access.scope import AnyUser, is_limited, may
from workflow_mirror.notifications.errors import UnknownDeliveryError, UnknownRuleError
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule

MANAGE = "notifications.manage_notificationrule"


def manages_all(user: AnyUser) -> bool:
    """A user who is limited to some customers would see others in the rules of other users."""
    return may(user, MANAGE) and not is_limited(user)


def rules_of(user: AnyUser | None) -> QuerySet[NotificationRule]:
    """None: everything, for the command line."""
    rules = NotificationRule.objects.select_related("owner").prefetch_related("customers")
    if user is None or manages_all(user):
        return rules
    return rules.filter(owner=user.pk)


def deliveries_of(user: AnyUser | None) -> QuerySet[NotificationDelivery]:
    """Newest first."""
    found = NotificationDelivery.objects.select_related("rule__owner")
    if user is None or manages_all(user):
        return found
    return found.filter(rule__owner=user.pk)


def find_rule(pk: int) -> NotificationRule:
    """For the command line. Raises UnknownRuleError."""
    rule = rules_of(None).filter(pk=pk).first()
    if rule is None:
        raise UnknownRuleError(id=pk)
    return rule


def find_delivery(pk: int) -> NotificationDelivery:
    """For the command line. Raises UnknownDeliveryError."""
    delivery = deliveries_of(None).filter(pk=pk).first()
    if delivery is None:
        raise UnknownDeliveryError(id=pk)
    return delivery


def describe_rule(rule: NotificationRule) -> dict[str, Any]:
    """For JSON, without the URL of a webhook, which may hold a token."""
    return {
        "id": rule.pk,
        "name": rule.name,
        "owner": rule.owner.get_username(),
        "events": rule.events,
        "customers": None if rule.all_customers else [one.name for one in rule.customers.all()],
        "channel": rule.channel,
        "mail_to": rule.mail_to or None,
        "frequency": rule.frequency,
        "enabled": rule.is_enabled,
        "error": rule.error or None,
    }


def describe_delivery(delivery: NotificationDelivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "key": str(delivery.key),
        "rule_id": delivery.rule_id,
        "rule": delivery.rule.name,
        "test": delivery.is_test,
        "state": delivery.state,
        "events": delivery.number,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at if delivery.state == "waiting" else None,
        "finished_at": delivery.ended_at,
        "error": delivery.error or None,
    }


def list_deliveries(rule: int | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """For the command line, newest first."""
    found = deliveries_of(None)
    if rule is not None:
        found = found.filter(rule=rule)
    if state is not None:
        found = found.filter(state=state)
    return [describe_delivery(one) for one in found[:limit]]
