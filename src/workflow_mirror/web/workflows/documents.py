"""Stored documents as JSON: in the browser, or with `?download=1` as a file for Zuora's import."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from workflow_mirror.workflows.file_names import name_part, version_part
from workflow_mirror.workflows.models import Workflow


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

    The hash tells contents apart that have the same version number.
    """
    customer = name_part(workflow.customer.name) or f"customer-{workflow.customer_id}"
    return (
        customer,
        name_part(workflow.zuora_id),
        name_part(workflow.name),
        version_part(version),
        content_hash[:12],
    )
