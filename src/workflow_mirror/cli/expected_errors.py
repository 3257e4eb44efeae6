"""Texts for errors raised below the command line. Importing this module loads Django."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError as DjangoCommandError
from django.db import Error as DatabaseError

from workflow_mirror.access.errors import AccountError
from workflow_mirror.backup.errors import BackupError
from workflow_mirror.compare.errors import CompareError
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.database import DatabaseUnusableError
from workflow_mirror.database_advice import advised_text
from workflow_mirror.embedded import EmbeddedPostgresError
from workflow_mirror.history.errors import HistoryError
from workflow_mirror.home import HomeError
from workflow_mirror.jobs.errors import JobError
from workflow_mirror.references.errors import SearchTooSlowError
from workflow_mirror.schedules.errors import ScheduleError
from workflow_mirror.secret_variables import SecretFileError
from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.zuora.errors import ZuoraError

# Their messages are written for the user; every other error is a bug.
EXPECTED = (
    AccountError,
    CompareError,
    BackupError,
    CustomerError,
    JobError,
    DatabaseUnusableError,
    DjangoCommandError,
    EmbeddedPostgresError,
    HistoryError,
    HomeError,
    ImproperlyConfigured,
    ScheduleError,
    SecretFileError,
    SearchTooSlowError,
    UnknownWorkflowError,
    ZuoraError,
)


def line_about(error: Exception) -> str:
    """One line for the user; for a bug, only the type of the error."""
    if isinstance(error, DatabaseError):
        return advised_text(error)
    if isinstance(error, EXPECTED):
        return " ".join(str(error).split())
    return f"Unexpected error ({type(error).__name__}); zwm --debug shows its stack trace"
