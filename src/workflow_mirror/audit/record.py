"""The one way to add to the audit log. Call it in the transaction of the act."""

from collections.abc import Iterable
from typing import Any

import psycopg

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.actors import current
from workflow_mirror.audit.models import AuditEvent

MOST_NAMES = 20
_INSERT = """
INSERT INTO audit_events (happened_at, actor, address, action, target, outcome, details)
VALUES (now(), %s, '', %s, %s, %s, '{}')
"""


def record(
    action: Action,
    target: str = "",
    *,
    customer_id: int | None = None,
    outcome: Outcome = Outcome.DONE,
    actor: str | None = None,
    **details: Any,
) -> None:
    """Of the current actor, unless `actor` names another. `details` are JSON, without secrets.

    An error of the database is raised: what cannot be recorded is not done.
    """
    who = current()
    AuditEvent.objects.create(
        actor=actor or str(who),
        address=who.address,
        action=action,
        target=target,
        customer_id=customer_id,
        outcome=outcome,
        details=details,
    )


def record_in(database: psycopg.Connection[Any], action: Action, target: str = "") -> None:
    """As `record`, in another database than this process works with."""
    values = (str(current()), action.value, target, Outcome.DONE.value)
    database.execute(_INSERT, values)


def names(all_names: Iterable[str]) -> str:
    """The target of an act on many: the first names, and how many more there are."""
    known = list(all_names)
    text = ", ".join(known[:MOST_NAMES])
    more = len(known) - MOST_NAMES
    return f"{text}, ... (+{more})" if more > 0 else text
