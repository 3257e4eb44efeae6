"""HTML of a parameter, such as the template of a mail, as a document for a frame."""

import re
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

# Nothing runs and nothing is loaded, in the frame and when the address is opened by itself.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox"
)
# Browsers connect for these before they look at the policy: for a frame, for a link that is clicked
# or for `<link rel=preconnect>`. Under another name they are ordinary elements.
_CONNECTING = "a|area|base|embed|frame|frameset|iframe|link|meta|object"
_TAG = re.compile(rf"<(/?)(?=(?:{_CONNECTING})[\s/>])", re.IGNORECASE)
_LINKS_LOOK = "<style>x-a { color: #0645ad; text-decoration: underline }</style>"


def preview_url(workflow: int, task: str, version: int | None = None) -> str:
    """Still without `at`, the name of the parameter; `task` is the Zuora ID of the task."""
    query = {"task": task, **({"version": str(version)} if version else {})}
    return f"{reverse('admin:workflows_workflow_preview', args=(workflow,))}?{urlencode(query)}"


def preview(context: dict[str, Any], name: str) -> HttpResponse:
    """Of the parameter with this name; `context` is that of a task. 404 if it is not HTML."""
    found = (one for one in context["parameters"] if one.name == name and one.has_preview)
    parameter = next(found, None)
    if parameter is None:
        raise Http404
    answer = HttpResponse(_TAG.sub(r"<\1x-", parameter.text) + _LINKS_LOOK)
    answer["Content-Security-Policy"] = POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["X-DNS-Prefetch-Control"] = "off"
    return answer
