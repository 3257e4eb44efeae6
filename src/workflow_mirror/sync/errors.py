"""Errors that stop a sync, other than Zuora's (zuora/errors.py) and the database's."""

from collections.abc import Sequence

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _

MOST_NAMED = 100


class SyncError(SafeError):
    """Base of all."""


class AlreadySyncingError(SyncError):
    """Another process is bringing this customer up to date at this moment."""

    code = "already_syncing"
    template = _("A sync of %(customer)s is running already")

    def __init__(self, customer: str) -> None:
        super().__init__(customer=customer)


class CustomerRemovedError(SyncError):
    """The customer's row went while its sync ran, or before its turn came."""

    code = "customer_removed"
    template = _("%(customer)s has been removed from the mirror; there is nothing to sync")

    def __init__(self, customer: str) -> None:
        super().__init__(customer=customer)


class SyncTooLongError(SyncError):
    """The sync has exceeded its time limit; data it has stored stays."""

    code = "sync_too_long"
    template = _(
        "The sync was stopped after %(hours)s hours (ZWM_SYNC_HOURS); what it has stored stays, and"
        " the next sync continues from there"
    )

    def __init__(self, seconds: float) -> None:
        super().__init__(hours=f"{seconds / 3600:g}")


class LostLockError(SyncError):
    """The database connection that held the customer's lock is gone; nothing more is written."""

    code = "lost_lock"
    template = _(
        "The connection to the database was lost during the sync; check that it is running, then"
        " sync again"
    )


class MassDeletionRefusedError(SyncError):
    """So many workflows are missing from Zuora's list that a fault is likelier than a wish."""

    code = "mass_deletion_refused"
    template = _(
        "%(missing)s of %(mirrored)s mirrored workflows are missing from Zuora's list, more than"
        " the %(limit)s that may vanish at once: nothing was marked as deleted. If they are really"
        " gone, allow these deletions (on the command line: --allow-mass-delete)"
    )

    def __init__(
        self, missing: int, mirrored: int, limit: int, zuora_ids: Sequence[str] = ()
    ) -> None:
        """`zuora_ids`, the missing ones, are a fact that the text does not use; the first 100."""
        super().__init__(
            missing=missing, mirrored=mirrored, limit=limit, zuora_ids=[*zuora_ids[:MOST_NAMED]]
        )


class WorkflowGoneError(SyncError):
    """Zuora listed this workflow a moment ago and now answers 404 for it by id."""


class RowWithoutIdError(SyncError):
    """A row of Zuora's list that nothing names."""

    code = "without_id"
    template = _("A row of Zuora's list has no ID")


class UnstorableError(SyncError):
    """PostgreSQL can never store this workflow; `reason` is the name of its error."""

    code = "unstorable"
    template = _("The database cannot hold it (%(reason)s)")
