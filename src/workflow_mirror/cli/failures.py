"""How an error leaves a command: one line, and the exit code. Imported only when there is one."""

import sys

import typer
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError as DjangoCommandError
from django.db import Error as DatabaseError
from environs import EnvError
from typer.exceptions import TyperException

from workflow_mirror.cli.output import CommandError, output_has_begun, print_json, printable
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.database import DatabaseUnusableError
from workflow_mirror.database_advice import advised_text
from workflow_mirror.embedded import EmbeddedPostgresError
from workflow_mirror.error_texts import error_traceback
from workflow_mirror.home import HomeError
from workflow_mirror.jobs.errors import JobError
from workflow_mirror.schedules.errors import ScheduleError
from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.zuora.errors import ZuoraError

# Their messages are written for the user; every other error is a bug.
EXPECTED = (
    CommandError,
    CustomerError,
    JobError,
    DatabaseUnusableError,
    DjangoCommandError,
    EmbeddedPostgresError,
    EnvError,
    HomeError,
    ImproperlyConfigured,
    ScheduleError,
    UnknownWorkflowError,
    ZuoraError,
)


def tell(error: Exception, arguments: list[str]) -> int:
    """Say what went wrong, on standard error and with `--json` on standard output too."""
    if _wants_trace(arguments):
        sys.stderr.write(error_traceback(error))
    message = one_line(error)
    if message:
        # First: standard output may be what has failed, as with a full disk.
        sys.stderr.write(f"zwm: {printable(message)}\n")
        if "--json" in arguments and not output_has_begun():
            print_json({"error": message})
    return error.exit_code if isinstance(error, CommandError | TyperException) else 1


def one_line(error: Exception) -> str:
    """Empty where everything has been said already, as when a bare `zwm` shows its help."""
    match error:
        case TyperException():
            return _with_hint(error)
        case typer.Abort():
            return "There was no answer: nothing was done"
        case DatabaseError():
            return advised_text(error)
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            return f"Input or output failed{where}: {error.strerror or type(error).__name__}"
    if isinstance(error, EXPECTED):
        return " ".join(str(error).split())
    return f"Unexpected error ({type(error).__name__}); zwm --debug shows its trace"


def _with_hint(error: TyperException) -> str:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if not message or not context:
        return message
    return f"{message.rstrip('.')}. Try {context.command_path} --help"


def _wants_trace(arguments: list[str]) -> bool:
    """Whether `--debug` is among zwm's own options, which come before the command."""
    return bool(arguments) and arguments[0] == "--debug"
