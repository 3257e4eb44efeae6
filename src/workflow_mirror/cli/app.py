"""The command tree, and how every error leaves it: one line and an exit code."""

import sys
import traceback
from typing import Annotated

import typer
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from typer.exceptions import TyperException

from workflow_mirror.cli import customers, demo, django_commands, sync, workflows
from workflow_mirror.cli.output import CommandError, print_json, printable
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.database import DatabaseUnusableError
from workflow_mirror.embedded import EmbeddedPostgresError
from workflow_mirror.home import HomeError
from workflow_mirror.workflows.errors import UnknownWorkflowError

INTERRUPTED = 130
# Their messages are written for the user; every other error is a bug.
EXPECTED = (
    CommandError,
    CustomerError,
    DatabaseUnusableError,
    EmbeddedPostgresError,
    HomeError,
    UnknownWorkflowError,
)

app = typer.Typer(
    name="zwm",
    help="Mirrors the Zuora workflows of many customers into a local database.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(customers.app, name="customers")
app.add_typer(workflows.app, name="workflows")
app.command("sync-workflows")(sync.sync_workflows)
app.command("sync-tasks")(sync.sync_tasks)
app.command("demo")(demo.demo)
app.command("migrate")(django_commands.migrate)
app.command(
    "manage",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)(django_commands.manage)


@app.callback()
def options(
    debug: Annotated[  # noqa: FBT002 - Typer makes an option of it
        bool, typer.Option("--debug", help="Show the trace of an error.")
    ] = False,
) -> None:
    """Read by `main`, which knows the errors."""


def main() -> None:
    """Run the command line and exit with its code: 0 done, 1 failed, 2 wrong use, 3 completed
    with errors, 130 stopped by Ctrl-C.
    """
    try:
        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped\n")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - this is where they all end
        code = _tell(error)
    sys.exit(code if isinstance(code, int) else 0)


def _tell(error: Exception) -> int:
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    message = _one_line(error)
    if "--json" in sys.argv:
        print_json({"error": message})
    sys.stderr.write(f"zwm: {printable(message)}\n")
    return error.exit_code if isinstance(error, CommandError | TyperException) else 1


def _one_line(error: Exception) -> str:
    if isinstance(error, TyperException):
        return error.format_message()
    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, DatabaseError | ImproperlyConfigured):
        return " ".join(str(error).split())
    return f"Unexpected error ({type(error).__name__}); zwm --debug shows its trace"
