"""Zuora's own schedule of a workflow: in words, and when it runs next."""

from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language

from workflow_mirror.schedules import cron
from workflow_mirror.web.workflows.zuora_timezones import iana_name
from workflow_mirror.workflows.models import Workflow

WITH_SECONDS = 6


def schedule_of(workflow: Workflow) -> str:
    """In words and with its time zone; the interval itself where it has no safe description."""
    if not workflow.interval:
        return ""
    words = _in_words(workflow.interval, get_language() or "en")
    return f"{words} ({workflow.timezone})" if workflow.timezone else words


def next_runs_of(workflow: Workflow) -> list[datetime]:
    """The next three runs in UTC; empty where the trigger is off or they are not certain."""
    zone = iana_name(workflow.timezone)
    if not (workflow.scheduled_trigger and zone) or workflow.deleted_at:
        return []
    now = timezone.now().replace(second=0, microsecond=0)
    return list(_next_runs(workflow.interval, zone, now))


@lru_cache(maxsize=2048)
def _in_words(interval: str, language: str) -> str:
    expression = _as_cron(interval)
    words = cron.in_words(expression, language)
    return interval if words == expression else words


@lru_cache(maxsize=2048)
def _next_runs(interval: str, zone: str, now: datetime) -> tuple[datetime, ...]:
    expression = _as_cron(interval)
    if _restricts_both_days(expression):
        return ()
    return tuple(cron.next_slots(expression, zone, now))


def _restricts_both_days(expression: str) -> bool:
    """Zuora does not document whether a day must match one of the two fields or both."""
    match expression.split():
        case [_, _, day, _, weekday]:
            return "*" not in (day, weekday)
    return False


def _as_cron(interval: str) -> str:
    """Zuora's six fields begin with the second, and `/5` stands for `*/5` (API.md, section 10)."""
    fields = [f"*{field}" if field.startswith("/") else field for field in interval.split()]
    return " ".join(fields[1:] if len(fields) == WITH_SECONDS and fields[0] == "0" else fields)
