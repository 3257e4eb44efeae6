"""The heartbeat URL of a schedule: calling it, and what may be shown of it."""

from typing import Any

import structlog
from django.utils import timezone

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.errors import SafeError
from workflow_mirror.outgoing import requests
from workflow_mirror.outgoing.errors import SendingError
from workflow_mirror.outgoing.urls import host_of
from workflow_mirror.schedules.models import Schedule

log = structlog.get_logger(__name__)


def call(schedule_id: int) -> SafeError | None:
    """Call the URL that the schedule has now; the error is noted there and returned."""
    schedule = Schedule.objects.filter(pk=schedule_id).first()
    if schedule is None or not schedule.has_heartbeat:
        return None
    try:
        _send(schedule.heartbeat_url)
    except (SendingError, DecryptionError) as error:
        log.warning("Heartbeat not sent", schedule=schedule.name, reason=error_text(error))
        _note(schedule, heartbeat_error=error_text(error), heartbeat_details=error_details(error))
        return error
    _note(schedule, heartbeat_at=timezone.now(), heartbeat_error="", heartbeat_details=None)
    return None


def shown_host(schedule: Schedule) -> str | None:
    """All that is shown of the URL; None without one, "" if it cannot be decrypted."""
    if not schedule.has_heartbeat:
        return None
    try:
        return host_of(schedule.heartbeat_url)
    except DecryptionError:
        return ""


def describe(schedule: Schedule) -> dict[str, Any] | None:
    """For JSON; None without a heartbeat URL."""
    if not schedule.has_heartbeat:
        return None
    return {
        "host": shown_host(schedule),
        "last_sent_at": schedule.heartbeat_at,
        "error": schedule.heartbeat_error or None,
    }


def _send(url: str) -> None:
    requests.require_success(url, requests.send("GET", url))


def _note(schedule: Schedule, **columns: Any) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(**columns)
