"""The schedule of a workflow in words, where its cron text can be read."""

from functools import lru_cache

from django.utils.translation import get_language

from workflow_mirror.schedules.cron import LOCALES, in_words
from workflow_mirror.schedules.errors import CronError
from workflow_mirror.workflows.models import Workflow


def schedule_of(workflow: Workflow) -> str:
    if not workflow.interval:
        return ""
    words = _in_words(workflow.interval, get_language() or "en")
    return f"{words} ({workflow.timezone})" if workflow.timezone else words


@lru_cache(maxsize=2048)
def _in_words(cron: str, language: str) -> str:
    """The text itself where Zuora has one that is no cron text of five fields."""
    try:
        return in_words(cron, language if language in LOCALES else "en")
    except CronError:
        return cron
