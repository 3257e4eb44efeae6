"""Errors about stored versions. Each message is one line for the user."""

from collections.abc import Iterable

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class HistoryError(SafeError):
    """Base of the errors of this package."""


class InvalidVersionNameError(HistoryError):
    code = "invalid_version_name"
    template = _(
        "%(name)s is neither a file nor a version: use a file, ID, ID@VERSION or"
        " CUSTOMER:ZUORA_ID@VERSION"
    )


class UnknownZuoraIdError(HistoryError):
    code = "unknown_zuora_id"
    template = _("Customer %(customer)s has no workflow with the Zuora ID %(zuora_id)s")


class NoExportError(HistoryError):
    code = "no_export"
    template = _("No export of workflow %(id)s has ever succeeded")


class UnknownVersionError(HistoryError):
    """`known` are the versions that are stored, as a user can name them."""

    code = "unknown_version"
    template = _("Workflow %(id)s has no version %(version)s; stored versions: %(known)s")

    def __init__(self, pk: int, version: str, known: Iterable[str]) -> None:
        super().__init__(id=pk, version=version, known=", ".join(known) or "-")


class AmbiguousVersionError(HistoryError):
    code = "ambiguous_version"
    template = _("Several versions of workflow %(id)s begin with %(version)s: %(known)s")

    def __init__(self, pk: int, version: str, known: Iterable[str]) -> None:
        super().__init__(id=pk, version=version, known=", ".join(known))


class UnknownChangeError(HistoryError):
    code = "unknown_change"
    template = _("There is no change %(id)s; see zwm changes list")

    def __init__(self, pk: int) -> None:
        super().__init__(id=pk)
