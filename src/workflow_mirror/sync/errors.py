"""What can stop a sync besides Zuora itself (zuora/errors.py) and the database."""

from workflow_mirror.errors import SafeError


class SyncError(SafeError):
    """Base of all."""


class AlreadySyncingError(SyncError):
    """Another process is bringing this customer up to date at this moment."""

    def __init__(self, customer: str) -> None:
        super().__init__(f"A sync of {customer} is running already")


class CustomerRemovedError(SyncError):
    """The customer's row went while its sync ran, or before its turn came."""

    def __init__(self, customer: str) -> None:
        super().__init__(f"{customer} has been removed from the mirror; there is nothing to sync")


class SyncStoppedError(SyncError):
    """Raised by whoever watches the progress, to stop the sync; what it has stored stays."""


class SyncTooLongError(SyncError):
    """The sync has taken longer than it may; what it has stored stays."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The sync was stopped after {seconds / 3600:g} hours (ZWM_SYNC_HOURS); what it has"
            " stored stays, and the next sync continues from there"
        )


class LostLockError(SyncError):
    """The database connection that held the customer's lock is gone; nothing more is written."""

    def __init__(self) -> None:
        super().__init__(
            "The connection to the database was lost during the sync; check that it is running,"
            " then sync again"
        )


class MassDeletionRefusedError(SyncError):
    """So many workflows are missing from Zuora's list that a fault is likelier than a wish."""

    def __init__(self, missing: int, mirrored: int, limit: int) -> None:
        super().__init__(
            f"{missing} of {mirrored} mirrored workflows are missing from Zuora's list, more than"
            f" the {limit} that may vanish at once: nothing was marked as deleted. If they are"
            " really gone, run the sync with --allow-mass-delete"
        )


class WorkflowGoneError(SyncError):
    """Zuora listed this workflow a moment ago and now answers 404 for it by id."""
