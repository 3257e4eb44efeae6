"""What the owner of a rule may be told, as it is at this moment."""

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.notifications.events import EVENTS, NO_WORKER, choice_of
from workflow_mirror.notifications.models import NotificationEvent, NotificationRule


def wants(rule: NotificationRule, event: NotificationEvent) -> bool:
    """Whether the rule is about the event; `rule.customers` may be prefetched."""
    choice = choice_of(event.kind)
    if choice not in rule.events or event.created_at < rule.enabled_at:
        return False
    if choice == NO_WORKER or rule.all_customers:
        return True
    return event.customer_id in {customer.pk for customer in rule.customers.all()}


def may_know(rule: NotificationRule, event: NotificationEvent) -> bool:
    """Whether the owner is active and may see what the event is about.

    That no worker is running concerns everybody; whatever else has no customer is visible to
    unrestricted users only.
    """
    choice, owner = choice_of(event.kind), rule.owner
    if choice not in EVENTS or not owner.is_active or not may(owner, EVENTS[choice].permission):
        return False
    return choice == NO_WORKER or scope_of(owner).covers(event.customer_id)
