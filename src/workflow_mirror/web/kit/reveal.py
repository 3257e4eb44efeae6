"""Secrets in the clear: they need a permission and are audited, also when they are refused."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from workflow_mirror.access.scope import may
from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.record import record
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.workflows.secrets import masked

REVEAL = "workflows.reveal_workflow"


def may_reveal(request: HttpRequest) -> bool:
    return may(request.user, REVEAL)


def check_reveal(
    request: HttpRequest, action: Action, workflow: Workflow, what: str = "", **details: Any
) -> None:
    """Record that the user sees secrets of the workflow. Raises PermissionDenied."""
    outcome = Outcome.DONE if may_reveal(request) else Outcome.REFUSED
    note(action, workflow, what, outcome=outcome, **details)
    if outcome is Outcome.REFUSED:
        raise PermissionDenied


def note(
    action: Action,
    workflow: Workflow,
    what: str = "",
    *,
    outcome: Outcome = Outcome.DONE,
    **details: Any,
) -> None:
    """Record what was done with a workflow; `what` names a part of it."""
    target = " / ".join(filter(None, (workflow.customer.name, str(workflow), masked(what))))
    record(
        action,
        target,
        customer_id=workflow.customer_id,
        outcome=outcome,
        workflow=workflow.pk,
        **details,
    )


def reveal_context(
    request: HttpRequest, url: str, *, hides_secrets: bool, revealed: bool
) -> dict[str, Any]:
    """For web/reveal.html; a POST to `url` shows the same with its secrets."""
    return {
        "hides_secrets": hides_secrets,
        "revealed": revealed,
        "reveal_url": url if may_reveal(request) else "",
    }


def name_of_task(task: Task) -> str:
    return f"{task} ({task.zuora_id})"
