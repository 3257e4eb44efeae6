"""Stored documents as JSON: in the browser, or with `?download=1` as a file for Zuora's import."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from workflow_mirror.workflows.models import Workflow

_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,2}", re.ASCII)
"""Source: API.md section 10."""


def document_answer(request: HttpRequest, text: str | None, parts: tuple[str, ...]) -> HttpResponse:
    """404 for None."""
    if text is None:
        raise Http404
    answer = HttpResponse(text, content_type="application/json")
    if "download" in request.GET:
        name = "-".join(filter(None, parts))
        disposition = content_disposition_header(as_attachment=True, filename=f"{name}.json")
        answer["Content-Disposition"] = disposition or "attachment"
    return answer


def name_parts(workflow: Workflow, version: str, content_hash: str) -> tuple[str, ...]:
    """Of a file name such as `rossi-4711-dunning-v0.0.2-1f3c5a7b9d0e`.

    Names are untrusted: only ASCII letters, digits, hyphens and underscores are kept. The hash
    tells contents apart that have the same version number.
    """
    customer = _file_part(workflow.customer.name) or f"customer-{workflow.customer_id}"
    return (
        customer,
        _file_part(workflow.zuora_id),
        _file_part(workflow.name),
        f"v{version}" if _VERSION.fullmatch(version) else "",
        content_hash[:12],
    )


def _file_part(text: str) -> str:
    return slugify(text)[:60]
