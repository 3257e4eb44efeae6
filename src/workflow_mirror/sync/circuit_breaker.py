"""Distinguishes a workflow that cannot be exported from a general failure of exports."""

from workflow_mirror.zuora.errors import (
    BadDataError,
    GivenUpError,
    InvalidCredentialsError,
    MissingPermissionError,
    NoExportPermissionError,
    RateLimitedError,
    ZuoraError,
)

# This many consecutive failures are not chance: the fault is in Zuora or in the network.
IN_A_ROW = 8


class CircuitBreaker:
    """Tracks the results of exports, and raises when further exports are pointless.

    A single workflow that Zuora cannot export, for any reason, is reported and left out. Rejected
    credentials, a rate limit beyond the maximum wait, or many consecutive failures concern the
    whole customer: the error is raised and ends the sync, which saves thousands of useless
    requests.
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
        """Raise if every export was refused although listing works: the role lacks a permission.

        A single refusal is proof only if nothing of the customer was mirrored before. Otherwise,
        if all other workflows are unchanged, one workflow that is always refused would fail every
        sync.
        """
        if self._any_success or not self._refusals:
            return
        if len(self._refusals) > 1 or mirrored_before == 0:
            raise NoExportPermissionError(facts=self._refusals[0].facts)
