"""What becomes of a job, by the kind of the error."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from psycopg.errors import DiskFull
from pytest_django import Settings

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.jobs.errors import GiveBackError
from workflow_mirror.jobs.retry import BUSY_PAUSE, FAILED, Verdict
from workflow_mirror.jobs.retry import judge as judge_kind
from workflow_mirror.sync.errors import (
    AlreadySyncingError,
    CustomerRemovedError,
    LostLockError,
    MassDeletionRefusedError,
    SyncTooLongError,
)
from workflow_mirror.sync.kinds import SYNC
from workflow_mirror.zuora.errors import (
    BadDataError,
    BaseUrlRefusedError,
    InvalidCredentialsError,
    MissingPermissionError,
    RateLimitedError,
    ServerTroubleError,
    UnreachableError,
    UnusableAnswerError,
    WrongHostError,
)

judge = partial(judge_kind, SYNC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def patience(settings: Settings) -> None:
    settings.ZWM_SYNC_TRIES = 3
    settings.ZWM_SYNC_BACKOFF = 60


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (UnreachableError(), Verdict(MINUTE)),
        (ServerTroubleError(), Verdict(MINUTE)),
        (UnusableAnswerError(), Verdict(MINUTE)),
        (LostLockError(), Verdict(MINUTE)),
        (OperationalError(), Verdict(MINUTE)),
        (InterfaceError(), Verdict(MINUTE)),
        (RateLimitedError(retry_after=1), Verdict(MINUTE)),
        (RateLimitedError(retry_after=3600), Verdict(60 * MINUTE)),
        (ServerTroubleError(retry_after=120), Verdict(2 * MINUTE)),
        (RateLimitedError(retry_after=1e12), Verdict(DAY)),
        (GiveBackError(), Verdict(timedelta(0), costs_a_try=False)),
        (AlreadySyncingError("Rossi"), Verdict(BUSY_PAUSE, costs_a_try=False)),
        (InvalidCredentialsError(), FAILED),
        (MissingPermissionError(), FAILED),
        (WrongHostError(), FAILED),
        (BaseUrlRefusedError(), FAILED),
        (BadDataError(), FAILED),
        (DecryptionError(), FAILED),
        (CustomerRemovedError("Rossi"), FAILED),
        (MassDeletionRefusedError(9, 10, 5), FAILED),
        (SyncTooLongError(3600), FAILED),
        (IntegrityError(), FAILED),
        (ZeroDivisionError(), FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_the_kind_of_the_error_decides(error: Exception, verdict: Verdict) -> None:
    assert judge(error, 1) == verdict


def test_a_database_without_room_is_waited_for_and_costs_no_try() -> None:
    full = OperationalError("no space")
    full.__cause__ = DiskFull()
    assert [judge(full, attempt) for attempt in (1, 99)] == [Verdict(MINUTE, costs_a_try=False)] * 2


@pytest.mark.parametrize("error", [UnreachableError(), LostLockError(), OperationalError()])
def test_the_last_try_is_the_last(error: Exception) -> None:
    assert [judge(error, attempt).again_in for attempt in (2, 3, 4)] == [MINUTE, None, None]


@pytest.mark.parametrize("error", [GiveBackError(), AlreadySyncingError("Rossi")])
def test_what_costs_no_try_is_never_the_last(error: Exception) -> None:
    assert judge(error, 99).again_in is not None
