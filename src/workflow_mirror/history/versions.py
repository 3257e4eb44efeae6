"""Stored versions of workflows: found by a name that a user types, or by key.

`ID` is a workflow's last export. `ID@VERSION` is one of its stored versions: a version number
(the content seen last under it), `draft`, or the first 6 or more characters of a content hash.
`CUSTOMER:ZUORA_ID[@VERSION]` is the same without our ID; the last colon counts.
"""

import re
from typing import Any, NamedTuple

from django.db.models import QuerySet

from workflow_mirror.access.customers import find_customer
from workflow_mirror.access.scope import Scope
from workflow_mirror.history.errors import (
    AmbiguousVersionError,
    InvalidVersionNameError,
    NoExportError,
    UnknownVersionError,
    UnknownZuoraIdError,
)
from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import versions_of, workflows_in
from workflow_mirror.zuora.definitions import version_number

DRAFT = "draft"
HASH_SHOWN = 12
MOST_LISTED = 20
_HASH = re.compile(r"[0-9a-f]{6,64}", re.IGNORECASE)
_ID = re.compile(r"\d{1,18}", re.ASCII)


class VersionName(NamedTuple):
    """What a user has typed; `customer` and `version` may be empty."""

    customer: str
    workflow: str
    version: str


def parsed(name: str) -> VersionName:
    """Raises InvalidVersionNameError."""
    customer, colon, rest = name.rpartition(":")
    workflow, at, version = rest.partition("@")
    is_valid = bool(customer and workflow) if colon else bool(_ID.fullmatch(workflow))
    if not is_valid or (at and not version):
        raise InvalidVersionNameError(name=name)
    return VersionName(customer, workflow, version)


def document_named(scope: Scope, name: str) -> Any:
    """The stored export that a user has named.

    Raises InvalidVersionNameError, UnknownCustomerError, UnknownZuoraIdError,
    UnknownWorkflowError, NoExportError, UnknownVersionError or AmbiguousVersionError.
    """
    wanted = parsed(name)
    workflow = _workflow(scope, wanted)
    if not wanted.version:
        if workflow.json_export is None:
            raise NoExportError(id=workflow.pk)
        return workflow.json_export
    return find_version(scope, workflow, wanted.version).document


def find_version(scope: Scope, workflow: Workflow, version: str) -> WorkflowExport:
    """A version number counts before a hash. Raises UnknownVersionError, AmbiguousVersionError."""
    if version == DRAFT:
        found = draft_of(scope, workflow)
    else:
        stored = versions_of(scope, workflow)
        found = stored.filter(zuora_version=version).first() or _by_hash(stored, workflow, version)
    if found is None:
        raise UnknownVersionError(workflow.pk, version, _listed(versions_of(scope, workflow)))
    return found


def draft_of(scope: Scope, workflow: Workflow) -> WorkflowExport | None:
    """The last good export of the draft; None if there is no draft."""
    if not workflow.draft_hash:
        return None
    return versions_of(scope, workflow).filter(content_hash=workflow.draft_hash).first()


def by_number(scope: Scope, workflow: Workflow) -> list[WorkflowExport]:
    """All stored versions, the highest number first; of one number, the content seen last first.

    The mirror may have seen them in another order: earlier versions are fetched later.
    """
    stored = list(versions_of(scope, workflow))
    seen = {export.pk: place for place, export in enumerate(stored)}
    return sorted(
        stored,
        key=lambda one: (version_number(one.zuora_version), -seen[one.pk]),
        reverse=True,
    )


def stored_version(scope: Scope, pk: int) -> WorkflowExport | None:
    """One stored export with its customer and document."""
    return (
        scope.limit(WorkflowExport.objects.all()).select_related("customer").filter(pk=pk).first()
    )


def workflow_of(scope: Scope, export: WorkflowExport) -> Workflow | None:
    """The workflow that an export is of; None if its row is gone."""
    found = workflows_in(scope).filter(
        customer=export.customer_id, zuora_id=export.workflow_zuora_id
    )
    return found.select_related("customer").defer("json_export", "list_row").first()


def _workflow(scope: Scope, wanted: VersionName) -> Workflow:
    found = workflows_in(scope)
    if not wanted.customer:
        workflow = found.filter(pk=int(wanted.workflow)).first()
        if workflow is None:
            raise UnknownWorkflowError(int(wanted.workflow))
        return workflow
    customer = find_customer(scope, wanted.customer)
    workflow = found.filter(customer=customer, zuora_id=wanted.workflow).first()
    if workflow is None:
        raise UnknownZuoraIdError(customer=customer.name, zuora_id=wanted.workflow)
    return workflow


def _by_hash(
    stored: QuerySet[WorkflowExport], workflow: Workflow, beginning: str
) -> WorkflowExport | None:
    if not _HASH.fullmatch(beginning):
        return None
    found = stored.filter(content_hash__startswith=beginning.lower())
    match list(found[:2]):
        case []:
            return None
        case [only]:
            return only
    raise AmbiguousVersionError(workflow.pk, beginning, _listed(found))


def _listed(versions: QuerySet[WorkflowExport]) -> list[str]:
    """As they can be typed, last seen first; the first of them only."""
    values = list(versions.values_list("zuora_version", "content_hash")[: MOST_LISTED + 1])
    names = [f"{number or '-'} ({hash_[:HASH_SHOWN]})" for number, hash_ in values]
    return names if len(names) <= MOST_LISTED else [*names[:MOST_LISTED], "..."]
