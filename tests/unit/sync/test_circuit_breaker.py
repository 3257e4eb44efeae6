"""Promise 5: one workflow that cannot be exported, told from a Zuora that cannot export."""

import pytest

from workflow_mirror.sync.circuit_breaker import IN_A_ROW, CircuitBreaker
from workflow_mirror.zuora.errors import (
    InvalidCredentialsError,
    MissingPermissionError,
    NotFoundError,
    RateLimitedError,
    ServerTroubleError,
    ZuoraError,
)


@pytest.fixture
def breaker() -> CircuitBreaker:
    return CircuitBreaker()


def test_eight_failures_in_a_row_end_the_sync_and_seven_do_not(breaker: CircuitBreaker) -> None:
    for _ in range(7):
        breaker.note_failure(ServerTroubleError())

    with pytest.raises(ServerTroubleError):
        breaker.note_failure(ServerTroubleError())


def test_a_success_begins_a_new_row(breaker: CircuitBreaker) -> None:
    for _ in range(3):
        for _ in range(IN_A_ROW - 1):
            breaker.note_failure(ServerTroubleError())
        breaker.note_success()


def test_bad_data_in_any_number_of_workflows_never_ends_the_sync(breaker: CircuitBreaker) -> None:
    for _ in range(100):
        breaker.note_failure(NotFoundError())


@pytest.mark.parametrize("error", [InvalidCredentialsError(), RateLimitedError()])
def test_what_concerns_the_whole_customer_ends_the_sync_at_once(
    breaker: CircuitBreaker, error: ZuoraError
) -> None:
    with pytest.raises(type(error)):
        breaker.note_failure(error)


def test_refused_everywhere_is_a_missing_permission(breaker: CircuitBreaker) -> None:
    breaker.note_failure(MissingPermissionError())

    with pytest.raises(MissingPermissionError, match="Workflow Manage Access"):
        breaker.raise_if_all_were_refused(mirrored_before=0)


def test_refused_here_and_there_is_not(breaker: CircuitBreaker) -> None:
    breaker.note_failure(MissingPermissionError())
    breaker.note_success()

    breaker.raise_if_all_were_refused(mirrored_before=0)


def test_other_failures_are_no_missing_permission(breaker: CircuitBreaker) -> None:
    breaker.note_failure(NotFoundError())

    breaker.raise_if_all_were_refused(mirrored_before=0)
