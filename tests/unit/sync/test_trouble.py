"""Promise 5: one workflow that cannot be exported, told from a Zuora that cannot export."""

import pytest

from workflow_mirror.sync.trouble import IN_A_ROW, ExportTrouble
from workflow_mirror.zuora.errors import (
    InvalidCredentialsError,
    MissingPermissionError,
    NotFoundError,
    RateLimitedError,
    ServerTroubleError,
    ZuoraError,
)


@pytest.fixture
def trouble() -> ExportTrouble:
    return ExportTrouble()


def test_eight_failures_in_a_row_end_the_sync_and_seven_do_not(trouble: ExportTrouble) -> None:
    for _ in range(7):
        trouble.note_failure(ServerTroubleError())

    with pytest.raises(ServerTroubleError):
        trouble.note_failure(ServerTroubleError())


def test_a_success_begins_a_new_row(trouble: ExportTrouble) -> None:
    for _ in range(3):
        for _ in range(IN_A_ROW - 1):
            trouble.note_failure(ServerTroubleError())
        trouble.note_success()


def test_bad_data_in_any_number_of_workflows_never_ends_the_sync(trouble: ExportTrouble) -> None:
    for _ in range(100):
        trouble.note_failure(NotFoundError())


@pytest.mark.parametrize("error", [InvalidCredentialsError(), RateLimitedError()])
def test_what_concerns_the_whole_customer_ends_the_sync_at_once(
    trouble: ExportTrouble, error: ZuoraError
) -> None:
    with pytest.raises(type(error)):
        trouble.note_failure(error)


def test_refused_everywhere_is_a_missing_permission(trouble: ExportTrouble) -> None:
    trouble.note_failure(MissingPermissionError())

    with pytest.raises(MissingPermissionError, match="Workflow Manage Access"):
        trouble.raise_if_all_were_refused(mirrored_before=0)


def test_refused_here_and_there_is_not(trouble: ExportTrouble) -> None:
    trouble.note_failure(MissingPermissionError())
    trouble.note_success()

    trouble.raise_if_all_were_refused(mirrored_before=0)


def test_other_failures_are_no_missing_permission(trouble: ExportTrouble) -> None:
    trouble.note_failure(NotFoundError())

    trouble.raise_if_all_were_refused(mirrored_before=0)
