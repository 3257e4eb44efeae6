"""Texts for errors raised below the command line. Importing this module loads Django."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError as DjangoCommandError
from django.db import Error as DatabaseError

from workflow_mirror.database_advice import advised_text
from workflow_mirror.errors import SafeError

# Their messages are written for the user; every other error is a bug.
EXPECTED = (SafeError, DjangoCommandError, ImproperlyConfigured)


def line_about(error: Exception) -> str:
    """One line for the user; for a bug, only the type of the error."""
    if isinstance(error, DatabaseError):
        return advised_text(error)
    if isinstance(error, EXPECTED):
        return " ".join(str(error).split())
    return f"Unexpected error ({type(error).__name__}); zwm --debug shows its stack trace"
