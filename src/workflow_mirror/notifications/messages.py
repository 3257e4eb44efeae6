"""The message of a delivery: what its owner may see at this moment, in the owner's language."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.access.scope import access_of, scope_of
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.queries import changes_in
from workflow_mirror.history.summaries import summarise
from workflow_mirror.notifications.errors import NothingLeftError
from workflow_mirror.notifications.events import CHANGES, JOB_FAILED
from workflow_mirror.notifications.models import (
    NotificationDelivery,
    NotificationEvent,
    NotificationRule,
)
from workflow_mirror.notifications.recipients import may_know
from workflow_mirror.notifications.words import one_line, sentence

MOST_LINES = 50
LONGEST_SUBJECT = 120
PRODUCT = "Zuora Workflow Mirror"


@dataclass(frozen=True)
class Line:
    """One event. All texts are printable lines; `url` is "" without ZWM_BASE_URL."""

    kind: str
    at: datetime
    customer: str
    workflow: str
    workflow_id: int | None
    zuora_id: str
    text: str
    by: str
    url: str

    @property
    def about(self) -> str:
        return " · ".join(filter(None, (self.customer, self.workflow)))


@dataclass(frozen=True)
class Message:
    """`more` events are not listed. The URLs are "" without ZWM_BASE_URL."""

    subject: str
    lines: list[Line]
    more: int
    rule: str
    rule_url: str
    off_url: str
    language: str


@contextmanager
def language_of(rule: NotificationRule) -> Iterator[str]:
    """The owner's; that of the program where the owner uses the browser's."""
    access = access_of(rule.owner)
    language = (access.language if access else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        yield language


def compose(delivery: NotificationDelivery) -> Message:
    """In the language of this thread. Raises NothingLeftError."""
    rule = delivery.rule
    lines, more = ([_test_line()], 0) if delivery.is_test else _lines(delivery)
    page = "admin:notifications_notificationrule"
    return Message(
        subject=_subject(rule, lines, more),
        lines=lines,
        more=more,
        rule=one_line(rule.name),
        rule_url=_url(f"{page}_change", rule.pk),
        off_url=_url(f"{page}_turn_off", rule.pk),
        language=translation.get_language() or settings.LANGUAGE_CODE,
    )


def _subject(rule: NotificationRule, lines: list[Line], more: int) -> str:
    number = len(lines) + more
    if number == 1:
        [line] = lines
        text = f"{line.about}: {line.text}" if line.about else line.text
    else:
        text = ngettext("%(rule)s: %(number)d event", "%(rule)s: %(number)d events", number)
        text %= {"rule": one_line(rule.name), "number": number}
    return one_line(f"[{PRODUCT}] {text}", LONGEST_SUBJECT)


def _lines(delivery: NotificationDelivery) -> tuple[list[Line], int]:
    """The first events that may be told, and the number of the others."""
    rule = delivery.rule
    found = NotificationEvent.objects.filter(items__delivery=delivery).select_related("customer")
    found = found.defer("customer__zuora_client_secret").order_by("at", "pk")
    allowed = [event for event in found if may_know(rule, event)]
    if not allowed:
        raise NothingLeftError
    shown = allowed[:MOST_LINES]
    changes = _changes(rule, shown)
    lines = [
        _line(rule, event, changes.get(event.change_id or 0))
        for event in shown
        if event.kind not in CHANGES or event.change_id in changes
    ]
    return lines, len(allowed) - len(shown)


def _changes(rule: NotificationRule, shown: list[NotificationEvent]) -> dict[int, WorkflowChange]:
    wanted = [event.change_id for event in shown if event.change_id]
    entries = list(changes_in(scope_of(rule.owner)).filter(pk__in=wanted))
    summarise(entries, MOST_LINES)
    return {entry.pk: entry for entry in entries}


def _line(rule: NotificationRule, event: NotificationEvent, change: WorkflowChange | None) -> Line:
    workflow = change.workflow if change else None
    name = (workflow.name or change.workflow_zuora_id) if workflow and change else ""
    return Line(
        kind=event.kind,
        at=event.at,
        customer=one_line(event.customer.name) if event.customer else "",
        workflow=one_line(name or (change.workflow_zuora_id if change else "")),
        workflow_id=workflow.pk if workflow else None,
        zuora_id=one_line(change.workflow_zuora_id) if change else "",
        text=sentence(event, change, rule.zone),
        by=one_line(change.changed_by) if change else "",
        url=_place(event),
    )


def _place(event: NotificationEvent) -> str:
    """The page of what the event is about."""
    if event.change_id:
        return _url("admin:history_workflowchange_change", event.change_id)
    if event.kind == JOB_FAILED:
        return _url("admin:jobs_jobrun_change", event.facts["job"])
    if event.customer_id:
        return _url("admin:customers_customer_change", event.customer_id)
    return _url("admin:jobs_workerprocess_changelist")


def _test_line() -> Line:
    text = _("This is a test message. The rule works.")
    return Line("test", timezone.now(), "", "", None, "", text, "", "")


def _url(name: str, *arguments: int) -> str:
    if not settings.ZWM_BASE_URL:
        return ""
    return f"{settings.ZWM_BASE_URL}{reverse(name, args=arguments)}"
