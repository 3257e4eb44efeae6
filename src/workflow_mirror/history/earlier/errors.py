"""Errors of fetching earlier versions, other than Zuora's (zuora/errors.py)."""

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class CustomerBusyError(SafeError):
    """Another job of the customer is running; `retry_after` is in seconds."""

    code = "customer_busy"
    template = _("Another job of %(customer)s is running")
    retry_after = 60.0


class UnstorableVersionError(SafeError):
    """PostgreSQL can never store this version; `reason` is the name of its error."""

    code = "unstorable_version"
    template = _("The database cannot hold this version (%(reason)s)")
