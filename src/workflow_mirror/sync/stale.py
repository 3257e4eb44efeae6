"""Mirrored workflows that are requested by ID, mainly those missing from Zuora's list.

A missing row proves nothing: the list may have shifted while it was read, or have failed (API.md
section 3). Only a 404 for the workflow's own id does.
"""

from collections.abc import Callable, Sequence

from workflow_mirror.customers.models import Customer
from workflow_mirror.downloads import Downloads
from workflow_mirror.errors import Coded
from workflow_mirror.sync.errors import MassDeletionRefusedError
from workflow_mirror.sync.plan import Mirrored, find_mirrored
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.client import AT_ONCE, ZuoraClient
from workflow_mirror.zuora.definitions import Definition, read_definition
from workflow_mirror.zuora.errors import NotFoundError

ALWAYS_ALLOWED = 5
ALLOWED_SHARE = 0.2


def find_missing(customer: Customer, seen: set[str]) -> list[str]:
    """The IDs of mirrored workflows, not marked as deleted, that are not in `seen`."""
    alive = Workflow.objects.filter(customer=customer, deleted_at=None)
    return sorted(set(alive.values_list("zuora_id", flat=True)) - seen)


def find_failed(customer: Customer) -> list[Mirrored]:
    """The mirrored workflows, not marked as deleted, whose last export failed."""
    failed = Workflow.objects.filter(customer=customer, deleted_at=None).exclude(export_error="")
    return find_mirrored(customer, list(failed.values_list("zuora_id", flat=True)))


def refuse_mass_deletion(missing: Sequence[str], mirrored: int) -> None:
    """Raises MassDeletionRefusedError above max(5, 20 % of the mirrored). `missing` are IDs."""
    limit = max(ALWAYS_ALLOWED, int(mirrored * ALLOWED_SHARE))
    if len(missing) > limit:
        raise MassDeletionRefusedError(len(missing), mirrored, limit, missing)


def refused_ids(error_details: Coded | None) -> list[str] | None:
    """The IDs that a stored error names, if the sync failed because it would delete too many.

    None for any other error. Empty for errors of earlier versions, which named none.
    """
    if not error_details or error_details["code"] != MassDeletionRefusedError.code:
        return None
    return list(error_details["facts"].get("zuora_ids", ()))


def look_up(
    client: ZuoraClient, stale: list[Mirrored], while_waiting: Callable[[], None]
) -> tuple[list[Mirrored], list[Definition]]:
    """Request each by its ID: the deleted ones, and the definitions of the others.

    Raises the first error other than a 404, because it proves nothing.
    """
    gone, hidden = list[Mirrored](), list[Definition]()

    def ask(mirrored: Mirrored) -> Definition:
        return client.get_workflow(mirrored.zuora_id)

    with Downloads(AT_ONCE, ask, client.give_up) as look_ups:
        for mirrored in stale:
            look_ups.submit(mirrored)
        while look_ups.pending:
            for done in look_ups.take(len(stale), while_waiting=while_waiting):
                if isinstance(done.outcome, NotFoundError):
                    gone.append(done.item)
                elif isinstance(done.outcome, Exception):
                    raise done.outcome
                else:
                    hidden.append(_as_listed(done.outcome, done.item))
    return gone, hidden


def _as_listed(definition: Definition, mirrored: Mirrored) -> Definition:
    """The definition as its list row would look now.

    An answer by id has other fields than a row of the list (API.md section 9); to compare it with
    the row that is mirrored, only the fields of that row count.
    """
    row = mirrored.list_row or definition.raw  # no row: mirrored by something older than us
    return read_definition({key: definition.raw.get(key, row[key]) for key in row})
