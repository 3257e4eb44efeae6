"""Rules that most installations want, offered ready-made."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow_mirror.notifications import events
from workflow_mirror.notifications.models import NotificationRule

Frequency = NotificationRule.Frequency
Kind = events.Kind


@dataclass(frozen=True)
class Recommended:
    """`values` are the initial values of a rule's form besides name and events."""

    name: str | Promise
    events: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict)


RECOMMENDED: dict[str, Recommended] = {
    "attention": Recommended(_("A customer needs attention"), (events.ATTENTION,)),
    "deactivated": Recommended(_("A workflow was deactivated"), (Kind.DEACTIVATED.value,)),
    "deleted": Recommended(_("A workflow was deleted in Zuora"), (Kind.DELETED.value,)),
    "stale": Recommended(_("Mirror older than a day"), (events.STALE,), {"stale_hours": 24}),
    "no_worker": Recommended(_("No worker is running"), (events.NO_WORKER,)),
    "weekly": Recommended(
        _("Weekly digest of changes"),
        tuple(name for name in events.EVENTS if name in events.CHANGES),
        {"frequency": Frequency.WEEKLY},
    ),
}
