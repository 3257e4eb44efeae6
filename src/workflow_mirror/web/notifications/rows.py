"""Table cells of rules and deliveries."""

from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow_mirror.error_texts import translated
from workflow_mirror.notifications.events import EVENTS
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.file_columns import FileColumn, field, time, yes_or_no

State = NotificationDelivery.State
VARIANTS: dict[str, str] = {
    State.WAITING: "info",
    State.DELIVERED: "success",
    State.FAILED: "danger",
    State.CANCELLED: "default",
}


def _events(rule: NotificationRule) -> list[str]:
    return [str(EVENTS[name].label) for name in rule.events if name in EVENTS]


def _customers(rule: NotificationRule) -> list[str]:
    if rule.all_customers:
        return [str(capfirst(_("all")))]
    return [one.name for one in rule.customers.all()]


def _error(stored: NotificationRule | NotificationDelivery) -> str:
    return translated(stored.error, stored.error_details) if stored.error else ""


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
    return table_cells.some_of(_events(rule))


def customers_of(rule: NotificationRule) -> str:
    return table_cells.some_of(_customers(rule)) or capfirst(_("none"))


def target_of(rule: NotificationRule) -> str:
    """The address; of a webhook the host only, since its path often holds a token."""
    if rule.channel == NotificationRule.Channel.MAIL:
        return rule.mail_to
    return urlsplit(rule.webhook_url).hostname or table_cells.NOTHING


def state_of_delivery(delivery: NotificationDelivery) -> SafeString:
    label = capfirst(State(delivery.state).label)
    return table_cells.label(label, VARIANTS[delivery.state])


RULE_FILE = (
    field("name", gettext_lazy("name")),
    yes_or_no("is_enabled", gettext_lazy("enabled")),
    FileColumn(gettext_lazy("problem"), problem_of),
    FileColumn(gettext_lazy("events"), lambda rule: ", ".join(_events(rule))),
    FileColumn(gettext_lazy("customers"), lambda rule: ", ".join(_customers(rule))),
    FileColumn(gettext_lazy("recipient"), target_of),
    FileColumn(gettext_lazy("frequency"), lambda rule: rule.get_frequency_display()),
    FileColumn(gettext_lazy("owner"), lambda rule: rule.owner.get_username()),
)
DELIVERY_FILE = (
    field("pk", gettext_lazy("delivery")),
    FileColumn(gettext_lazy("rule"), lambda delivery: delivery.rule.name),
    FileColumn(gettext_lazy("status"), lambda delivery: delivery.get_state_display()),
    field("number", gettext_lazy("events")),
    FileColumn(gettext_lazy("error"), _error),
    time("created_at", gettext_lazy("created")),
    time("ended_at", gettext_lazy("finished")),
)
