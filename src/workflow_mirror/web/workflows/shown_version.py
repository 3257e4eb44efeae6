"""The draft of a workflow, and the stored version that its page shows."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.web.changes.entries import compare_url
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import export_keys, exports_of


@dataclass(frozen=True)
class Draft:
    """Without its export, `key` is None; `comparison` with the active version may be ""."""

    key: int | None
    comparison: str


@dataclass(frozen=True)
class Version:
    """`comparison` with the active version is "" if there is nothing to compare."""

    export: WorkflowExport
    is_active: bool
    is_draft: bool
    comparison: str

    @property
    def number(self) -> str:
        return self.export.zuora_version or self.export.content_hash[:12]


def draft_of(scope: Scope, workflow: Workflow) -> Draft | None:
    if not workflow.draft_version:
        return None
    keys = export_keys(scope, workflow)
    draft = keys.get(workflow.draft_hash)
    return Draft(draft, compare_url(keys.get(workflow.export_hash), draft))


def chosen_export(
    request: HttpRequest, workflow: Workflow, *, with_document: bool = True
) -> WorkflowExport | None:
    """The stored export `?version=`, by key; None if none is asked for.

    404 if it is not one of this workflow.
    """
    text = request.GET.get("version", "")
    if not text:
        return None
    key = row_id(text)
    exports = exports_of(scope_of(request.user), workflow)
    if with_document:
        exports = exports.defer(None)
    found = exports.filter(pk=key or 0).first()
    if found is None:
        raise Http404
    return found


def shown_version(scope: Scope, workflow: Workflow, export: WorkflowExport) -> Version:
    active = export_keys(scope, workflow).get(workflow.export_hash)
    is_active = export.pk == active
    return Version(
        export,
        is_active,
        is_draft=export.content_hash == workflow.draft_hash,
        comparison="" if is_active else compare_url(active, export.pk),
    )
