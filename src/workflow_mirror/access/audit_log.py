"""The audit log as its page and `zwm audit list` read it."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from workflow_mirror.access.scope import Scope
from workflow_mirror.audit.models import AuditEvent


def events_in(scope: Scope) -> QuerySet[AuditEvent]:
    """A limited user sees none: events name users and other customers."""
    return AuditEvent.objects.none() if scope.is_limited else AuditEvent.objects.all()


def list_events(  # noqa: PLR0913 - all by keyword
    scope: Scope,
    *,
    actions: list[str] | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
    after: int | None = None,
) -> dict[str, Any]:
    """A page of events as data, newest first; `next` is the `after` of the next page, or None."""
    found = events_in(scope)
    if actions:
        found = found.filter(action__in=actions)
    if actor is not None:
        found = found.filter(actor=actor)
    if since is not None:
        found = found.filter(happened_at__gte=since)
    if after is not None:
        found = found.filter(pk__lt=after)
    page = list(found.order_by("-pk")[: limit + 1])
    return {
        "events": [describe(event) for event in page[:limit]],
        "next": page[limit - 1].pk if len(page) > limit else None,
    }


def describe(event: AuditEvent) -> dict[str, Any]:
    return {
        "id": event.pk,
        "at": event.happened_at,
        "actor": event.actor,
        "address": event.address,
        "action": event.action,
        "target": event.target,
        "customer_id": event.customer_id,
        "outcome": event.outcome,
        "details": event.details,
    }
