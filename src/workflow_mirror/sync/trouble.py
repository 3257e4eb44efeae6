"""Telling a workflow that cannot be exported from a Zuora that cannot export."""

from workflow_mirror.zuora.errors import (
    BadDataError,
    GivenUpError,
    InvalidCredentialsError,
    MissingPermissionError,
    NoExportPermissionError,
    RateLimitedError,
    ZuoraError,
)

# So many exports in a row do not fail by chance: the trouble lies at Zuora or on the way there.
IN_A_ROW = 8


class ExportTrouble:
    """Watches how exports end, and raises once it is pointless to go on.

    One workflow that Zuora cannot export, whatever the reason, is reported and left out. Refused
    credentials, a rate limit that outlasts our patience, or many failures in a row concern the
    whole customer: then the error goes up and ends the sync, instead of costing thousands of
    vain requests.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._any_success = False
        self._refusals: list[MissingPermissionError] = []

    def note_success(self) -> None:
        self._in_a_row = 0
        self._any_success = True

    def note_failure(self, error: ZuoraError) -> None:
        if isinstance(error, InvalidCredentialsError | RateLimitedError | GivenUpError):
            raise error
        if isinstance(error, MissingPermissionError):
            self._refusals.append(error)
        if not isinstance(error, BadDataError):
            self._in_a_row += 1
        if self._in_a_row >= IN_A_ROW:
            raise error

    def raise_if_all_were_refused(self, mirrored_before: int) -> None:
        """Listing works and no export does: the role lacks a permission, in all of them.

        A single refusal proves it only for a customer of whom nothing was mirrored before: where
        all other workflows are unchanged, one that is always refused would fail every sync.
        """
        if self._any_success or not self._refusals:
            return
        if len(self._refusals) > 1 or mirrored_before == 0:
            raise NoExportPermissionError(facts=self._refusals[0].facts)
