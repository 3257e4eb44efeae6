"""Stored documents as JSON: in the browser, or with `?download=1` as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from workflow_mirror.workflows.models import Workflow


def document_answer(request: HttpRequest, text: str | None, parts: tuple[str, ...]) -> HttpResponse:
    """404 for None."""
    if text is None:
        raise Http404
    answer = HttpResponse(text, content_type="application/json")
    if "download" in request.GET:
        name = "-".join(part for part in map(_file_part, parts) if part)
        disposition = content_disposition_header(as_attachment=True, filename=f"{name}.json")
        answer["Content-Disposition"] = disposition or "attachment"
    return answer


def name_parts(workflow: Workflow) -> tuple[str, ...]:
    return ("workflow", workflow.zuora_id, workflow.name)


def _file_part(text: str) -> str:
    """Names are untrusted: only letters, digits and hyphens are kept."""
    return slugify(text)[:80]
