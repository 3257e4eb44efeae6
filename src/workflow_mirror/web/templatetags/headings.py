from typing import Any

from django import template
from django.db.models import Model
from django.utils.text import capfirst

from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.notifications.models import NotificationDelivery

register = template.Library()

NUMBERED = (JobRun, JobBatch, NotificationDelivery)
"""They have no name: "job 7"."""


@register.filter
def heading(title: Any) -> str:
    """With a capital, unless it is the name of an object, which stays as it was typed."""
    if isinstance(title, Model) and not isinstance(title, NUMBERED):
        return str(title)
    return str(capfirst(title))
