"""Stored documents as JSON: in the browser, or with `?download=1` as a file for Zuora's import.

The browser gets them without secrets, unless it asks by POST. A file is exact: where it holds
secrets it needs the same permission.
"""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.http import content_disposition_header

from workflow_mirror.audit.actions import Action
from workflow_mirror.web.kit.reveal import check_reveal, note
from workflow_mirror.workflows.file_names import name_part, version_part
from workflow_mirror.workflows.masking import masked_document, text_holds_secret
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.secrets import masked


def document_answer(
    request: HttpRequest, workflow: Workflow, text: str | None, version: str, content_hash: str
) -> HttpResponse:
    """404 for None. Raises PermissionDenied."""
    if text is None:
        raise Http404
    if "download" in request.GET:
        return _file(request, workflow, text, (version, content_hash))
    if request.method == "POST":
        check_reveal(request, Action.SECRETS_REVEALED, workflow, version, hash=content_hash)
    else:
        text = masked_document(text)
    return _json(text)


def _file(
    request: HttpRequest, workflow: Workflow, text: str, which: tuple[str, str]
) -> HttpResponse:
    version, content_hash = which
    record = partial(check_reveal, request) if text_holds_secret(text) else note
    record(Action.EXPORT_DOWNLOADED, workflow, version, hash=content_hash)
    name = "-".join(filter(None, name_parts(workflow, version, content_hash)))
    answer = _json(text)
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.json")
    answer["Content-Disposition"] = disposition or "attachment"
    return answer


def _json(text: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/json")
    add_never_cache_headers(answer)
    return answer


def name_parts(workflow: Workflow, version: str, content_hash: str) -> tuple[str, ...]:
    """Of a file name such as `rossi-4711-dunning-v0.0.2-1f3c5a7b9d0e`.

    The hash tells contents apart that have the same version number.
    """
    customer = name_part(workflow.customer.name) or f"customer-{workflow.customer_id}"
    return (
        customer,
        name_part(workflow.zuora_id),
        name_part(masked(workflow.name)),
        version_part(version),
        content_hash[:12],
    )
