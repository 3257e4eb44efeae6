from typing import Any

from django import template
from django.utils.html import format_html

from workflow_mirror.web.kit.no_worker import NO_WORKER, no_worker_warning

register = template.Library()


@register.simple_tag(takes_context=True)
def no_worker(context: dict[str, Any]) -> str:
    """The warning on a page that waits for a worker; live.js removes it when one starts."""
    warning = no_worker_warning(context["request"])
    return format_html('<div data-live="workers-all-missing">{}</div>', warning)


@register.simple_tag
def no_worker_text() -> str:
    return str(NO_WORKER)
