"""Addresses of the places of references."""

from django import template

from workflow_mirror.references.calls import Call
from workflow_mirror.references.uses import Spot, Use
from workflow_mirror.web.kit.search_links import place_url
from workflow_mirror.workflows.models import Workflow

register = template.Library()


@register.simple_tag
def spot_url(workflow: Workflow, use: Use, spot: Spot) -> str:
    return place_url(workflow.pk, spot.task_id, spot.path, _marked(use))


@register.simple_tag
def call_url(call: Call) -> str:
    return place_url(call.caller.pk, call.task.pk if call.task else None, call.path)


def _marked(use: Use) -> str:
    """What of a name is in the text of its place, as far as this is known; never of a secret."""
    if use.kind == "secret" or "*" in use.name:
        return ""
    return use.name.rpartition(".")[2] if use.kind == "field" else use.name
