"""Table cells of rules and deliveries."""

from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from workflow_mirror.error_texts import translated
from workflow_mirror.notifications.events import EVENTS
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.web.kit import table_cells

State = NotificationDelivery.State
VARIANTS: dict[str, str] = {
    State.WAITING: "info",
    State.DELIVERED: "success",
    State.FAILED: "danger",
    State.CANCELLED: "default",
}


def state_of_rule(rule: NotificationRule) -> SafeString:
    if not rule.is_enabled:
        return table_cells.label(capfirst(_("disabled")))
    return table_cells.label(capfirst(_("enabled")), "success")


def problem_of(rule: NotificationRule) -> str:
    """Why it does not tell: the last error, or customers that were deleted."""
    if rule.error:
        return translated(rule.error, rule.error_details)
    if not rule.all_customers and not rule.customers.all():
        return _("Its customers were deleted. Select others.")
    return ""


def events_of(rule: NotificationRule) -> str:
    return table_cells.some_of([str(EVENTS[name].label) for name in rule.events if name in EVENTS])


def customers_of(rule: NotificationRule) -> str:
    if rule.all_customers:
        return str(capfirst(_("all")))
    return table_cells.some_of([one.name for one in rule.customers.all()]) or capfirst(_("none"))


def target_of(rule: NotificationRule) -> str:
    """The address; of a webhook the host only, since its path often holds a token."""
    if rule.channel == NotificationRule.Channel.MAIL:
        return rule.mail_to
    return urlsplit(rule.webhook_url).hostname or table_cells.NOTHING


def state_of_delivery(delivery: NotificationDelivery) -> SafeString:
    label = capfirst(State(delivery.state).label)
    return table_cells.label(label, VARIANTS[delivery.state])
