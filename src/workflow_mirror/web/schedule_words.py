"""The schedule of a workflow in words, where its cron text can be read."""

from functools import lru_cache

from django.utils.translation import get_language

from workflow_mirror.schedules.cron import LOCALES, in_words
from workflow_mirror.schedules.errors import CronError
from workflow_mirror.workflows.models import Workflow

WITH_SECONDS = 6


def schedule_of(workflow: Workflow) -> str:
    if not workflow.interval:
        return ""
    words = _in_words(workflow.interval, get_language() or "en")
    return f"{words} ({workflow.timezone})" if workflow.timezone else words


@lru_cache(maxsize=2048)
def _in_words(interval: str, language: str) -> str:
    """The text itself where it is no cron text."""
    try:
        return in_words(_as_cron(interval), language if language in LOCALES else "en")
    except CronError:
        return interval


def _as_cron(interval: str) -> str:
    """Zuora's six fields begin with the second, and `/5` stands for `*/5` (API.md, section 10)."""
    fields = [f"*{field}" if field.startswith("/") else field for field in interval.split()]
    return " ".join(fields[1:] if len(fields) == WITH_SECONDS and fields[0] == "0" else fields)
