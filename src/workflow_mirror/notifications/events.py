"""What rules can tell of: the events, and what a user must be allowed to see to get them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow_mirror.history.models import WorkflowChange

Kind = WorkflowChange.Kind

ATTENTION, ATTENTION_OVER = "attention", "attention_over"
STALE, FRESH = "stale", "fresh"
NO_WORKER, WORKER_BACK = "no_worker", "worker_back"
JOB_FAILED = "job_failed"


@dataclass(frozen=True)
class Event:
    """`permission` is that of the pages that show the same. `recovery` is the event that says that
    it is over; a rule that has the one gets the other.
    """

    label: str | Promise
    permission: str
    recovery: str = ""


EVENTS: dict[str, Event] = {
    ATTENTION: Event(
        _("Credentials of a customer are rejected"), "customers.view_customer", ATTENTION_OVER
    ),
    STALE: Event(_("The mirror of a customer is out of date"), "customers.view_customer", FRESH),
    NO_WORKER: Event(_("No worker is running"), "jobs.view_jobrun", WORKER_BACK),
    JOB_FAILED: Event(_("A job failed"), "jobs.view_jobrun"),
    **{
        kind.value: Event(label, "workflows.view_workflow")
        for kind, label in (
            (Kind.CREATED, _("A workflow was created")),
            (Kind.CONTENT, _("The content of a workflow changed")),
            (Kind.RENAMED, _("A workflow was renamed")),
            (Kind.ACTIVATED, _("A workflow was activated")),
            (Kind.DEACTIVATED, _("A workflow was deactivated")),
            (Kind.SETTINGS, _("The settings of a workflow changed")),
            (Kind.DRAFT, _("The draft of a workflow changed")),
            (Kind.DELETED, _("A workflow was deleted in Zuora")),
            (Kind.RESTORED, _("A deleted workflow is in Zuora again")),
            (Kind.EXPORT_FAILED, _("An export failed")),
            (Kind.EXPORT_RECOVERED, _("An export succeeded again")),
        )
    },
}
CHANGES = frozenset(kind.value for kind in Kind)
_CHOICE_OF = {event.recovery: name for name, event in EVENTS.items() if event.recovery}


def choice_of(kind: str) -> str:
    """The event that a rule must have to get this one: of a recovery, what it recovers from."""
    return _CHOICE_OF.get(kind, kind)
